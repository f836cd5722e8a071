// Runs the scheduler with each cache policy under random load: sequences arrive in bursts, are forked, preempted and
// cancelled, with random sizes of pools, blocks, budgets and drafts. Each sequence must have the same tokens as if it ran
// alone.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkInvariants } from '../../tests/support/kv/cache-invariants.ts';
import { groupsOf, randomRetentions } from '../../tests/support/kv/cache-shapes.ts';
import { SimulatedExecutable } from '../../tests/support/kv/simulated-executable.ts';
import { randomInteger, randomNumbers } from '../../tests/support/random.ts';
import type { CachePolicy } from '../kv/cache-policy.ts';
import { CACHE_POLICIES } from '../kv/cache-policy.ts';
import { createCache } from '../kv/create-cache.ts';
import { PagedCache } from '../kv/paged-cache.ts';
import { rankByArrival, rankByPriority } from './policies.ts';
import { Scheduler } from './scheduler.ts';
import { Sequence } from './sequence.ts';

const FULL = process.env.QUIRE_FULL === '1';
const CONTEXT = 24;

/**
 * Runs `count` random sequences.
 * @param failureRate share of steps that fail; a failed step ends all sequences, as in an engine
 * @returns the number of sequences that ended
 */
function runSequences(policy: CachePolicy, count: number, seed: number, failureRate = 0): number {
  const random = randomNumbers(seed);
  const faults = randomNumbers(seed + 1); // separate, so that a seed yields the same load with and without faults
  const blockSize = 1 + randomInteger(random, 8);
  const blocks = Math.ceil(CONTEXT / blockSize) * (1 + randomInteger(random, 6));
  const maxRunning = 1 + randomInteger(random, 8);
  const retentions = randomRetentions(randomNumbers(seed + 2));
  const groups = groupsOf(retentions, blocks);
  const cache = createCache(policy, { groups, blockSize, contextLength: CONTEXT, maxRunning });
  const scheduler = new Scheduler(cache, {
    maxRunning,
    maxRows: maxRunning + randomInteger(random, 8),
    draftTokens: randomInteger(random, 2) * randomInteger(random, 5),
    rank: random() < 0.5 ? rankByArrival : rankByPriority(20),
  });
  const machine = new SimulatedExecutable(blocks, blockSize, retentions);
  const active = new Set<Sequence>();
  let submitted = 0;
  let endedCount = 0;
  const end = (sequence: Sequence): void => {
    scheduler.finish(sequence);
    active.delete(sequence);
    endedCount++;
  };
  const createSequence = (parent?: Sequence): Sequence => {
    const sequence = randomSequence(submitted++, random, parent);
    active.add(sequence);
    return sequence;
  };
  for (let steps = 0; endedCount < count; steps++) {
    if (steps > 100 * count)
      throw new Error(`only ${endedCount} of ${count} sequences ended in ${steps} steps`);
    for (let burst = randomInteger(random, 4); burst > 0 && submitted < count; burst--)
      scheduler.submit(createSequence());
    for (const sequence of [...active]) {
      if (random() < 0.02) scheduler.preempt(sequence);
      else if (random() < 0.01) end(sequence);
      else if (random() < 0.03 && submitted < count) scheduler.fork(sequence, createSequence(sequence));
    }
    const step = scheduler.plan(1 + randomInteger(random, 20));
    if (step === undefined) continue;
    if (faults() < failureRate) {
      machine.fail(step);
      for (const sequence of [...active]) end(sequence);
      continue;
    }
    const full = new Set<Sequence>();
    scheduler.accept(
      step,
      machine.step(step, (id) => id),
      (sequence) => {
        if (sequence.length === sequence.capacity) full.add(sequence);
        return full.has(sequence);
      },
    );
    for (const sequence of full) {
      expectCorrectTokens(sequence);
      if (policy === 'paged' && sequence.draftedTokens === 0 && sequence.preemptions === 0) {
        const answerTokens = sequence.capacity - sequence.promptLength;
        const maxComputed = sequence.promptLength - sequence.cachedTokens + answerTokens - 1;
        expect(sequence.computedTokens).toBeLessThanOrEqual(Math.max(0, maxComputed));
      }
      end(sequence);
    }
    if (cache instanceof PagedCache) checkInvariants(cache);
  }
  expect(scheduler.hasWork).toBe(false);
  for (const usage of cache.usage()) expect(usage).toMatchObject({ reservedTokens: 0, usedTokens: 0 });
  return endedCount;
}

function randomSequence(id: number, random: () => number, parent?: Sequence): Sequence {
  const length = 1 + randomInteger(random, CONTEXT - 8);
  const prompt = parent
    ? parent.tokens.slice(0, parent.promptLength)
    : Array.from({ length }, () => randomInteger(random, 2));
  const capacity = parent?.capacity ?? prompt.length + 1 + randomInteger(random, 8);
  return new Sequence(id, { prompt, capacity, arrivedAt: id, priority: randomInteger(random, 3) });
}

// Checks each token after the prompt, or after the tokens that a fork copied from its parent. The sequence id is the sample.
function expectCorrectTokens({ id, tokens, promptLength, inheritedTokens }: Sequence): void {
  for (let i = Math.max(promptLength, inheritedTokens); i < tokens.length; i++) {
    expect(tokens[i]).toBe(SimulatedExecutable.nextToken(tokens.subarray(0, i), id));
  }
}

describe.each(CACHE_POLICIES)('with the cache policy %s', (policy) => {
  test('2,000 random sequences have the same tokens as if each ran alone', () => {
    expect(runSequences(policy, 2000, 1)).toBe(2000);
  }, 60_000);

  test('random sizes of pools, blocks, budgets and drafts do not change the tokens', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(runSequences(policy, 60, seed)).toBe(60);
      }),
      { numRuns: FULL ? 1000 : 40 },
    );
  }, 600_000);

  test('failed steps do not change the tokens of later sequences', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(runSequences(policy, 60, seed, 0.05)).toBe(60);
      }),
      { numRuns: FULL ? 1000 : 40 },
    );
  }, 600_000);

  // Regression: a fork and its parent ended before the first step of the fork, and the cache found a copy that was not made.
  test('a pending copy while no sequence runs (seed 20253287) does not change the tokens', () => {
    expect(runSequences(policy, 60, 20253287)).toBe(60);
  });
});
