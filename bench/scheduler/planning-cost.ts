// Measures the processor time of planning steps in which each of many sequences generates one token.

import { createCache } from '../../src/kv/create-cache.ts';
import { Scheduler } from '../../src/scheduler/scheduler.ts';
import { Sequence } from '../../src/scheduler/sequence.ts';

/** microseconds per sequence and step */
export interface PlanningCost {
  readonly planMicros: number;
  readonly acceptMicros: number;
}

/** @param promptTokens tokens of the prompt of each sequence */
export function measurePlanningCost(sequences = 256, promptTokens = 1000, steps = 500): PlanningCost {
  const contextLength = promptTokens + 2 * steps + 16;
  const blocks = Math.ceil(contextLength / 16) * sequences;
  const cache = createCache('paged', {
    groups: [{ retention: 'all', blocks }],
    blockSize: 16,
    contextLength,
    maxRunning: sequences,
  });
  const scheduler = new Scheduler(cache, { maxRunning: sequences, maxRows: sequences });
  for (let id = 0; id < sequences; id++) {
    const prompt = Int32Array.from({ length: promptTokens }, (_, i) => id * contextLength + i);
    scheduler.submit(new Sequence(id, { prompt, capacity: contextLength - 1, arrivedAt: id }));
  }
  let planMs = 0;
  let acceptMs = 0;
  const step = (budget: number): void => {
    const planStart = performance.now();
    const planned = scheduler.plan(budget)!;
    const planEnd = performance.now();
    const selected = Int32Array.from(planned.rows, ({ sequence, tokens }) => sequence.id + tokens.length);
    const outcomes = planned.rows.map(() => 'chosen' as const);
    const acceptStart = performance.now();
    scheduler.accept(planned, { selected, outcomes }, () => false);
    acceptMs += performance.now() - acceptStart;
    planMs += planEnd - planStart;
  };
  while (scheduler.runningCount < sequences) step(sequences * promptTokens);
  for (let i = 0; i < steps; i++) step(sequences); // so that the JavaScript engine optimizes the code
  planMs = 0;
  acceptMs = 0;
  for (let i = 0; i < steps; i++) step(sequences);
  const microsPerSequence = (ms: number): number => (1000 * ms) / (steps * sequences);
  return { planMicros: microsPerSequence(planMs), acceptMicros: microsPerSequence(acceptMs) };
}
