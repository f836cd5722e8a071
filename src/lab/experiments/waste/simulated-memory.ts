// Requests through the real scheduler and the real cache, where only the arithmetic is left out: what KV memory is used
// for while more requests wait than fit.

import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { SimulatedExecutable, SMALL_MODEL } from '../../../kernels/simulated/simulated-executable.ts';
import type { CachePolicy } from '../../../kv/cache-policy.ts';
import { createCache } from '../../../kv/create-cache.ts';
import type { KvUsage } from '../../../kv/kv-cache.ts';
import { Scheduler } from '../../../scheduler/scheduler.ts';
import { Sequence } from '../../../scheduler/sequence.ts';
import type { RequestLengths } from './chat-lengths.ts';

export interface MemoryShape {
  readonly policy: CachePolicy;
  readonly blockSize: number;
  readonly contextLength: number;
  /** tokens that KV memory has room for */
  readonly poolTokens: number;
}

/** Averages over the simulated time in which memory was full. */
export interface MemoryUse {
  /** of the tokens that running sequences reserve room for, those that are computed */
  readonly usedOfReserved: number;
  /** the same, of all KV memory */
  readonly usedOfAll: number;
  readonly sequences: number;
  /** tokens that a sequence reserves and does not use */
  readonly wastedTokens: number;
  /** the most of that that any sequence did */
  readonly mostWastedTokens: number;
  /** blocks in the table of a sequence */
  readonly tableBlocks: number;
  /** how often a sequence had to give its blocks back */
  readonly preemptions: number;
  /** of planning and bookkeeping, by the clock of this machine */
  readonly planningMicrosPerStep: number;
}

const MOST_RUNNING = 512; // memory is the limit, not this
const STEP_TOKENS = 512;
const EVERY = 8; // steps between two looks at all of the memory

/** @param check called now and then; it raises what ends the simulation early */
export async function simulateMemory(
  requests: readonly RequestLengths[],
  { policy, blockSize, contextLength, poolTokens }: MemoryShape,
  check: () => void,
): Promise<MemoryUse> {
  const blocks = Math.floor(poolTokens / blockSize);
  const cache = createCache(policy, {
    groups: [{ keeps: 'all', blocks }],
    blockSize,
    contextLength,
    maxRunning: MOST_RUNNING,
  });
  const scheduler = new Scheduler(cache, { maxRunning: MOST_RUNNING, maxRows: MOST_RUNNING });
  const sequences = requests.map(({ prompt, answer }, id) => {
    const tokens = new Int32Array(prompt).fill(id); // nobody's prompt begins like another's
    return new Sequence(id, { prompt: tokens, capacity: prompt + answer, arrivedAt: id, salt: String(id) });
  });
  for (const sequence of sequences) scheduler.submit(sequence);
  const executable = new SimulatedExecutable(SMALL_MODEL, () => 0);
  const average = new MemoryAverage();
  let ended = 0;
  let mostWastedTokens = 0;
  let planningMs = 0;
  let steps = 0;
  for (; scheduler.hasWork; steps++) {
    let began = performance.now();
    const step = scheduler.plan(STEP_TOKENS)!;
    planningMs += performance.now() - began;
    const chosen = await executable.step({ ...step.plan, selection: [], wantLogits: false });
    began = performance.now();
    const finished: Sequence[] = [];
    scheduler.accept(step, chosen, (sequence) => {
      const whole = sequence.length === sequence.capacity;
      if (whole) finished.push(sequence);
      return whole;
    });
    planningMs += performance.now() - began;
    // Looked at before anything is let go: a step's blocks are full then, as they are while it runs.
    if (steps % EVERY === 0 && ended > 0 && scheduler.waitingCount > 0) {
      average.add(cache.usage()[0]!, scheduler.runningCount, chosen.stepMs);
    }
    // The blocks of those that had no part in the step are as they were.
    for (const { sequence } of step.work)
      if (sequence.kv !== undefined)
        mostWastedTokens = Math.max(
          mostWastedTokens,
          sequence.kv.tables[0]!.end * blockSize - sequence.kv.computed,
        );
    for (const sequence of finished) scheduler.finish(sequence);
    ended += finished.length;
    if (steps % 64 > 0) continue;
    await turnOfTheLoop();
    check();
  }
  return {
    ...average.result(blockSize),
    mostWastedTokens,
    preemptions: scheduler.events.count('preempted'),
    planningMicrosPerStep: (1000 * planningMs) / Math.max(1, steps),
  };
}

class MemoryAverage {
  #ms = 0;
  #used = 0; // each times milliseconds
  #reserved = 0;
  #total = 0;
  #sequences = 0;

  add(usage: KvUsage, running: number, ms: number): void {
    this.#ms += ms;
    this.#used += usage.usedTokens * ms;
    this.#reserved += usage.reservedTokens * ms;
    this.#total += usage.totalTokens * ms;
    this.#sequences += running * ms;
  }

  result(blockSize: number): Omit<MemoryUse, 'mostWastedTokens' | 'preemptions' | 'planningMicrosPerStep'> {
    return {
      usedOfReserved: this.#used / this.#reserved,
      usedOfAll: this.#used / this.#total,
      sequences: this.#sequences / this.#ms,
      wastedTokens: (this.#reserved - this.#used) / this.#sequences,
      tableBlocks: this.#reserved / blockSize / this.#sequences,
    };
  }
}
