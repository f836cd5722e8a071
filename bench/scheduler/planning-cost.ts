// Measures the cost of planning with many sequences in decode, in microseconds per sequence and step.

import { createCache } from '../../src/kv/create-cache.ts';
import { Scheduler } from '../../src/scheduler/scheduler.ts';
import { Sequence } from '../../src/scheduler/sequence.ts';

export interface PlanningCost {
  readonly planMicros: number;
  readonly acceptMicros: number;
}

/** @param context tokens of each sequence during the measurement */
export function planningCost(running = 256, context = 1000, steps = 500): PlanningCost {
  const contextLength = context + 2 * steps + 16;
  const blocks = Math.ceil(contextLength / 16) * running;
  const cache = createCache('paged', {
    groups: [{ retention: 'all', blocks }],
    blockSize: 16,
    contextLength,
    maxRunning: running,
  });
  const scheduler = new Scheduler(cache, { maxRunning: running, maxRows: running });
  for (let id = 0; id < running; id++) {
    const prompt = Int32Array.from({ length: context }, (_, i) => id * contextLength + i);
    scheduler.submit(new Sequence(id, { prompt, capacity: contextLength - 1, arrivedAt: id }));
  }
  let planMs = 0;
  let acceptMs = 0;
  const step = (budget: number): void => {
    const began = performance.now();
    const planned = scheduler.plan(budget)!;
    const done = performance.now();
    const selected = Int32Array.from(planned.rows, ({ sequence, tokens }) => sequence.id + tokens.length);
    const outcomes = planned.rows.map(() => 'chosen' as const);
    const accepting = performance.now();
    scheduler.accept(planned, { selected, outcomes }, () => false);
    acceptMs += performance.now() - accepting;
    planMs += done - began;
  };
  while (scheduler.runningCount < running) step(running * context);
  for (let i = 0; i < steps; i++) step(running); // lets the JavaScript engine optimize the code
  planMs = 0;
  acceptMs = 0;
  for (let i = 0; i < steps; i++) step(running);
  const each = (ms: number): number => (1000 * ms) / (steps * running);
  return { planMicros: each(planMs), acceptMicros: each(acceptMs) };
}
