// The scheduler with every cache policy under random load: requests arrive in bursts, fork, are preempted and cancelled,
// with random sizes of pools, blocks, budgets and drafts. Each must yield the same tokens as alone.

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
import { firstCome, priorityWithAgeing } from './policies.ts';
import { Scheduler } from './scheduler.ts';
import { Sequence } from './sequence.ts';

const FULL = process.env.QUIRE_FULL === '1';
const CONTEXT = 24;

/**
 * Serves `count` requests.
 * @param failing the share of steps that fail; all requests that are open end with one, as an engine ends them
 * @returns how many ended
 */
function serve(policy: CachePolicy, count: number, seed: number, failing = 0): number {
  const random = randomNumbers(seed);
  const faults = randomNumbers(seed + 1); // of their own: a seed means the same load with and without them
  const blockSize = 1 + randomInteger(random, 8);
  const blocks = Math.ceil(CONTEXT / blockSize) * (1 + randomInteger(random, 6));
  const maxRunning = 1 + randomInteger(random, 8);
  const keeps = randomRetentions(randomNumbers(seed + 2));
  const groups = groupsOf(keeps, blocks);
  const cache = createCache(policy, { groups, blockSize, contextLength: CONTEXT, maxRunning });
  const scheduler = new Scheduler(cache, {
    maxRunning,
    maxRows: maxRunning + randomInteger(random, 8),
    draftTokens: randomInteger(random, 2) * randomInteger(random, 5),
    rank: random() < 0.5 ? firstCome : priorityWithAgeing(20),
  });
  const machine = new SimulatedExecutable(blocks, blockSize, keeps);
  const open = new Set<Sequence>();
  let submitted = 0;
  let ended = 0;
  const end = (sequence: Sequence): void => {
    scheduler.finish(sequence);
    open.delete(sequence);
    ended++;
  };
  const make = (parent?: Sequence): Sequence => {
    const sequence = randomRequest(submitted++, random, parent);
    open.add(sequence);
    return sequence;
  };
  for (let steps = 0; ended < count; steps++) {
    if (steps > 100 * count) throw new Error(`${ended} of ${count} ended, the others make no progress`);
    for (let burst = randomInteger(random, 4); burst > 0 && submitted < count; burst--)
      scheduler.submit(make());
    for (const sequence of [...open]) {
      if (random() < 0.02) scheduler.preempt(sequence);
      else if (random() < 0.01) end(sequence);
      else if (random() < 0.03 && submitted < count) scheduler.fork(sequence, make(sequence));
    }
    const step = scheduler.plan(1 + randomInteger(random, 20));
    if (step === undefined) continue;
    if (faults() < failing) {
      machine.fail(step);
      for (const sequence of [...open]) end(sequence);
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
      expectOwnText(sequence);
      if (policy === 'paged' && sequence.draftedTokens === 0 && sequence.preemptions === 0) {
        const chosen = sequence.capacity - sequence.promptLength;
        const most = sequence.promptLength - sequence.cachedTokens + chosen - 1;
        expect(sequence.computedTokens).toBeLessThanOrEqual(Math.max(0, most));
      }
      end(sequence);
    }
    if (cache instanceof PagedCache) checkInvariants(cache);
  }
  expect(scheduler.hasWork).toBe(false);
  for (const usage of cache.usage()) expect(usage).toMatchObject({ reservedTokens: 0, usedTokens: 0 });
  return ended;
}

function randomRequest(id: number, random: () => number, parent?: Sequence): Sequence {
  const length = 1 + randomInteger(random, CONTEXT - 8);
  const prompt = parent
    ? parent.tokens.slice(0, parent.promptLength)
    : Array.from({ length }, () => randomInteger(random, 2));
  const capacity = parent?.capacity ?? prompt.length + 1 + randomInteger(random, 8);
  return new Sequence(id, { prompt, capacity, arrivedAt: id, priority: randomInteger(random, 3) });
}

// From where it left its parent, if it has one, each token is the one that follows in its own sample.
function expectOwnText({ id, tokens, promptLength, forkedAt }: Sequence): void {
  for (let i = Math.max(promptLength, forkedAt); i < tokens.length; i++) {
    expect(tokens[i]).toBe(SimulatedExecutable.nextToken(tokens.subarray(0, i), id));
  }
}

describe.each(CACHE_POLICIES)('with cache %s', (policy) => {
  test('2,000 random requests yield the same tokens as alone', () => {
    expect(serve(policy, 2000, 1)).toBe(2000);
  }, 60_000);

  test('random sizes of pools, blocks, budgets and drafts do not change tokens', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(serve(policy, 60, seed)).toBe(60);
      }),
      { numRuns: FULL ? 1000 : 40 },
    );
  }, 600_000);

  test('failing steps do not change the tokens of other requests', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(serve(policy, 60, seed, 0.05)).toBe(60);
      }),
      { numRuns: FULL ? 1000 : 40 },
    );
  }, 600_000);

  // A regression: a fork and its parent ended before the fork's first step, and text was found whose copy was never made.
  test('seed 20253287: a copy is pending while no sequence runs', () => {
    expect(serve(policy, 60, 20253287)).toBe(60);
  });
});
