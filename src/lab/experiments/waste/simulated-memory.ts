// Runs requests through the real scheduler and cache with simulated kernels, and measures how KV memory is used while it is
// full and requests wait.

import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { SimulatedExecutable, SMALL_MODEL_COSTS } from '../../../kernels/simulated/simulated-executable.ts';
import type { CachePolicy } from '../../../kv/cache-policy.ts';
import { createCache } from '../../../kv/create-cache.ts';
import type { KvUsage } from '../../../kv/kv-cache.ts';
import { Scheduler } from '../../../scheduler/scheduler.ts';
import { Sequence } from '../../../scheduler/sequence.ts';
import type { RequestLengths } from './chat-lengths.ts';
import type { MemoryUse } from './data.ts';

export interface MemoryShape {
  readonly policy: CachePolicy;
  readonly blockSize: number;
  readonly contextLength: number;
  /** capacity of KV memory in tokens */
  readonly poolTokens: number;
}

export interface SimulatedUse extends MemoryUse {
  /** scheduling and bookkeeping per step, measured in real time */
  readonly planningMicrosPerStep: number;
}

const MAX_RUNNING = 512; // so high that memory is the limit
const STEP_TOKENS = 512;
const SAMPLE_EVERY = 8; // steps between two samples of memory use

/** @param check called every few steps; ends the simulation if it throws */
export async function simulateMemory(
  requests: readonly RequestLengths[],
  { policy, blockSize, contextLength, poolTokens }: MemoryShape,
  check: () => void,
): Promise<SimulatedUse> {
  const blocks = Math.floor(poolTokens / blockSize);
  const cache = createCache(policy, {
    groups: [{ retention: 'all', blocks }],
    blockSize,
    contextLength,
    maxRunning: MAX_RUNNING,
  });
  const scheduler = new Scheduler(cache, { maxRunning: MAX_RUNNING, maxRows: MAX_RUNNING });
  const sequences = requests.map(({ prompt, answer }, id) => {
    const tokens = new Int32Array(prompt).fill(id); // no two prompts share a prefix
    return new Sequence(id, { prompt: tokens, capacity: prompt + answer, arrivedAt: id, salt: String(id) });
  });
  for (const sequence of sequences) scheduler.submit(sequence);
  const executable = new SimulatedExecutable(SMALL_MODEL_COSTS, () => 0);
  const average = new MemoryAverage();
  let ended = 0;
  let mostWastedTokens = 0;
  let planningMs = 0;
  let steps = 0;
  for (; scheduler.hasWork; steps++) {
    let startedAt = performance.now();
    const step = scheduler.plan(STEP_TOKENS)!;
    planningMs += performance.now() - startedAt;
    const chosen = await executable.step({ ...step.plan, selection: [], wantLogits: false });
    startedAt = performance.now();
    const finished: Sequence[] = [];
    scheduler.accept(step, chosen, (sequence) => {
      const complete = sequence.length === sequence.capacity;
      if (complete) finished.push(sequence);
      return complete;
    });
    planningMs += performance.now() - startedAt;
    // Sampled before the finished sequences release their blocks, because the blocks are in use while the step runs.
    if (steps % SAMPLE_EVERY === 0 && ended > 0 && scheduler.waitingCount > 0) {
      average.add(cache.usage()[0]!, scheduler.runningCount, chosen.stepMs);
    }
    // Only sequences that took part in the step have changed.
    for (const { sequence } of step.work)
      if (sequence.kv !== undefined)
        mostWastedTokens = Math.max(
          mostWastedTokens,
          sequence.kv.tables[0]!.end * blockSize - sequence.kv.computed,
        );
    for (const sequence of finished) scheduler.finish(sequence);
    ended += finished.length;
    if (steps % 64 > 0) continue;
    await yieldToEventLoop();
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
  #used = 0; // this sum and the following sums are weighted by milliseconds
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

  result(blockSize: number): Omit<MemoryUse, 'mostWastedTokens' | 'preemptions'> {
    return {
      usedOfReserved: this.#used / this.#reserved,
      usedOfAll: this.#used / this.#total,
      sequences: this.#sequences / this.#ms,
      wastedTokens: (this.#reserved - this.#used) / this.#sequences,
      tableBlocks: this.#reserved / blockSize / this.#sequences,
    };
  }
}
