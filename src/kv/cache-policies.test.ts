// Runs random operations on each cache policy and checks all invariants after each operation. In the simulated memory,
// wrong sharing yields a wrong token. With QUIRE_FULL=1, the test performs 100,000 operations per policy.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { availableBlockCount, retentionArbitrary } from '../../tests/support/kv/cache-shapes.ts';
import {
  SimulatedKv,
  type SimulatedSequence,
  type SimulatedWork,
} from '../../tests/support/kv/simulated-kv.ts';
import type { KvKeeps } from '../base/model/kv-layout.ts';
import { BlockCopies } from './block-copies.ts';
import { CACHE_POLICIES } from './cache-policy.ts';
import { ContiguousCache } from './contiguous-cache.ts';
import { createCache } from './create-cache.ts';
import { NoCache } from './no-cache.ts';
import { PagedCache } from './paged-cache.ts';

const CONTEXT = 20;
const CACHE_CLASSES = { none: NoCache, contiguous: ContiguousCache, paged: PagedCache };
const RUNS = process.env.QUIRE_FULL === '1' ? 2_000 : 150; // sequences of 50 operations

type Operation =
  | { readonly kind: 'start'; readonly prompt: readonly number[]; readonly salt: string }
  | { readonly kind: 'step'; readonly counts: readonly number[] }
  | { readonly kind: 'fail'; readonly counts: readonly number[]; readonly copies: number }
  | { readonly kind: 'idle' }
  | { readonly kind: 'fork' | 'release'; readonly index: number }
  | { readonly kind: 'truncate'; readonly index: number; readonly removed: number };

// Only two different tokens, so that most prompts share a prefix with others.
const prompts = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 14 });
const index = fc.nat(20);
const counts = fc.array(fc.nat(9), { minLength: 8, maxLength: 8 });
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('start'), prompt: prompts, salt: fc.constantFrom('', '', 'b') }),
  },
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant('step'), counts }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('fork', 'release'), index }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('truncate'), index, removed: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail'), counts, copies: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('idle') }) },
) as fc.Arbitrary<Operation>;
const operations = fc.array(operation, { minLength: 50, maxLength: 50, size: 'max' });
const blockSizes = fc.integer({ min: 1, max: 7 });

function perform(simulation: SimulatedKv, operation: Operation): void {
  const { running } = simulation;
  if (operation.kind === 'start') {
    if (running.length < 6) simulation.start(operation.prompt, operation.salt);
    return;
  }
  if (operation.kind === 'step') return step(simulation, operation.counts);
  if (operation.kind === 'fail')
    return simulation.fail(workOf(simulation, operation.counts), operation.copies);
  if (operation.kind === 'idle') {
    for (const sequence of running.toReversed()) simulation.release(sequence); // forks before their parents
    return simulation.idle();
  }
  const sequence = running[operation.index % Math.max(1, running.length)];
  if (sequence === undefined) return;
  if (operation.kind === 'release') simulation.release(sequence);
  else if (operation.kind === 'truncate')
    simulation.truncate(sequence, Math.max(1, sequence.tokens.length - operation.removed));
  else if (running.length < 8) simulation.fork(sequence);
}

function workOf({ running }: SimulatedKv, counts: readonly number[]): SimulatedWork[] {
  const work = running.map((sequence, i) => {
    const remaining = sequence.tokens.length - sequence.kv.computed;
    return { sequence, count: Math.min(remaining, counts[i]!) };
  });
  return work.filter(({ count }) => count > 0);
}

// Runs a step. Releases the sequences for which not enough blocks were available, as a scheduler does.
function step(simulation: SimulatedKv, counts: readonly number[]): void {
  for (const sequence of simulation.step(workOf(simulation, counts))) simulation.release(sequence);
  for (const sequence of simulation.running) {
    const { kv, tokens } = sequence;
    if (kv.computed === tokens.length && tokens.length < CONTEXT)
      simulation.append(sequence, tokens.length % 2);
  }
}

const shapeOf = (blockSize: number, extraBlocks: number, retentions: readonly KvKeeps[] = ['all']) => ({
  blocks: Math.ceil(CONTEXT / blockSize) + extraBlocks,
  blockSize,
  contextLength: CONTEXT,
  retentions,
});

describe.each(CACHE_POLICIES)('the cache policy %s', (policy) => {
  test('satisfies its invariants, reads only correct tokens, and has no reserved blocks at the end', () => {
    fc.assert(
      fc.property(
        operations,
        blockSizes,
        fc.nat(12),
        retentionArbitrary,
        (list, blockSize, extraBlocks, retentions) => {
          const shape = shapeOf(blockSize, extraBlocks, retentions);
          const simulation = new SimulatedKv(policy, shape);
          for (const item of list) perform(simulation, item);
          for (const sequence of [...simulation.running]) simulation.release(sequence);
          for (const usage of simulation.cache.usage())
            expect(usage).toMatchObject({ reservedTokens: 0, usedTokens: 0 });
          const sequence = simulation.start(new Array<number>(CONTEXT).fill(9))!; // shares nothing and fills the context
          expect(simulation.step([{ sequence, count: CONTEXT }])).toEqual([]);
        },
      ),
      { numRuns: RUNS },
    );
  }, 600_000);

  test('finds the longest computed prefix, exact to the token; the policy none finds no prefix', () => {
    fc.assert(
      fc.property(
        fc.array(prompts, { maxLength: 12 }),
        blockSizes,
        retentionArbitrary,
        (list, blockSize, retentions) => {
          const simulation = new SimulatedKv(policy, shapeOf(blockSize, 200, retentions)); // nothing is evicted
          for (const prompt of list) {
            const expected = policy === 'none' ? 0 : simulation.longestComputed(prompt);
            const sequence = simulation.start(prompt)!;
            expect(sequence.cachedTokens).toBe(expected);
            simulation.step([{ sequence, count: prompt.length - sequence.cachedTokens }]);
            simulation.release(sequence);
          }
        },
      ),
    );
  }, 60_000);

  test('is created by createCache', () => {
    const groups = [{ retention: 'all' as const, blocks: 5 }];
    const shape = { groups, blockSize: 4, contextLength: CONTEXT, maxRunning: 2 };
    const cache = createCache(policy, shape);
    expect(cache.policy).toBe(policy);
    expect(cache).toBeInstanceOf(CACHE_CLASSES[policy]);
  });
});

describe.each(['contiguous', 'paged'] as const)('the cache policy %s with a full pool', (policy) => {
  const promptOf = (token: number): number[] => Array.from({ length: 12 }, () => token);

  // Runs a sequence that repeats one token; returns how many tokens of its prompt were cached.
  function runSequence(simulation: SimulatedKv, token: number): number {
    const sequence = simulation.start(promptOf(token))!;
    simulation.step([{ sequence, count: 12 - sequence.cachedTokens }]);
    while (sequence.tokens.length < CONTEXT) {
      simulation.append(sequence, token);
      simulation.step([{ sequence, count: 1 }]);
    }
    simulation.release(sequence);
    return sequence.cachedTokens;
  }

  test('evicts the least recently used text', () => {
    const simulation = new SimulatedKv(policy, { blocks: 20, blockSize: 4, contextLength: CONTEXT }); // room for four sequences
    const found = [1, 2, 3, 2, 4, 5, 2, 4, 1].map((token) => runSequence(simulation, token));
    expect(found.slice(0, 5)).toEqual([0, 0, 0, 11, 0]);
    expect(found.slice(6)).toEqual([11, 11, 0]); // the text of token 5 evicted that of token 1
  });
});

describe('the cache policy paged', () => {
  const startComputed = (
    simulation: SimulatedKv,
    tokens: readonly number[],
    salt?: string,
  ): SimulatedSequence => {
    const sequence = simulation.start(tokens, salt)!;
    simulation.step([{ sequence, count: tokens.length - sequence.cachedTokens }]);
    return sequence;
  };

  test('counts a shared block once in the memory use', () => {
    const simulation = new SimulatedKv('paged', { blocks: 20, blockSize: 4, contextLength: 40 });
    simulation.release(startComputed(simulation, [1, 2, 3, 4, 5, 6]));
    simulation.start([1, 2, 3, 4, 5, 6, 7]); // shares a block and extends the cached tail
    simulation.start([1, 2, 3, 4, 9]);
    expect(simulation.cache.usage()).toEqual([
      { totalTokens: 80, reservedTokens: 8, usedTokens: 6, cachedTokens: 0 },
    ]);
  });

  test('finds the tokens of a running sequence, including its partial last block', () => {
    const simulation = new SimulatedKv('paged', { blocks: 20, blockSize: 4, contextLength: 40 });
    startComputed(simulation, [1, 2, 3, 4, 5, 6]);
    expect(simulation.start([1, 2, 3, 4, 5, 6, 7])!.cachedTokens).toBe(6);
    expect(simulation.start([1, 2, 3, 4, 5, 9])!.cachedTokens).toBe(5);
  });

  test('copies only the shared block into which a token is written', () => {
    const simulation = new SimulatedKv('paged', { blocks: 40, blockSize: 4, contextLength: 40 });
    const parent = startComputed(simulation, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const forks = [simulation.fork(parent)!, simulation.fork(parent)!];
    expect(availableBlockCount(simulation.paged!)).toBe(37);
    for (const [i, fork] of forks.entries()) simulation.append(fork, 10 + i);
    simulation.step(forks.map((sequence) => ({ sequence, count: 1 })));
    expect(simulation.events.count('copied')).toBe(2);
    expect(availableBlockCount(simulation.paged!)).toBe(35);
    simulation.append(parent, 12);
    simulation.step([{ sequence: parent, count: 1 }]); // the block is no longer shared, so no copy is made
    expect(simulation.events.count('copied')).toBe(2);
  });

  test('uses only one more block for each of 32 forks of a sequence of 2,000 tokens', () => {
    const shape = { blocks: 160, blockSize: 16, contextLength: 2400, maxRunning: 33 };
    const simulation = new SimulatedKv('paged', shape);
    const parent = startComputed(
      simulation,
      Array.from({ length: 2000 }, (_, i) => i),
    );
    const forks = Array.from({ length: 32 }, () => simulation.fork(parent)!);
    for (const [i, fork] of forks.entries()) simulation.append(fork, 5000 + i);
    simulation.step(forks.map((sequence) => ({ sequence, count: 1 })));
    expect(shape.blocks - availableBlockCount(simulation.paged!)).toBe(125 + 32);
  });

  test('does not share blocks between salts', () => {
    const simulation = new SimulatedKv('paged', { blocks: 20, blockSize: 4, contextLength: 40 });
    simulation.release(startComputed(simulation, [1, 2, 3, 4, 5], 'a'));
    expect(simulation.cache.match(Int32Array.of(1, 2, 3, 4, 5, 6), 'b').tokens).toBe(0);
    expect(simulation.cache.match(Int32Array.of(1, 2, 3, 4, 5, 6), 'a').tokens).toBe(5);
  });

  test('retains one block when two sequences compute the same block in the same step', () => {
    const simulation = new SimulatedKv('paged', { blocks: 20, blockSize: 4, contextLength: 40 });
    const sequences = [simulation.start([1, 2, 3, 4, 5])!, simulation.start([1, 2, 3, 4, 6])!];
    simulation.step(sequences.map((sequence) => ({ sequence, count: 5 })));
    const firstBlockOf = ({ kv }: SimulatedSequence): unknown => kv.tables[0]!.blocks[0];
    expect(firstBlockOf(sequences[0]!)).toBe(firstBlockOf(sequences[1]!));
    expect(availableBlockCount(simulation.paged!)).toBe(17);
  });

  test('explains why it did not find a longer prefix', () => {
    const simulation = new SimulatedKv('paged', { blocks: 4, blockSize: 4, contextLength: 16 });
    const missOf = (tokens: number[], salt = ''): unknown => {
      return simulation.cache.explain(simulation.cache.match(Int32Array.from(tokens), salt));
    };
    expect(missOf([1, 2, 3])).toBe('nothing_in_common');
    simulation.release(startComputed(simulation, [1, 2, 3, 4, 5, 6, 7, 8]));
    expect(missOf([1, 2, 3, 4, 5, 6, 7, 8, 9])).toBeUndefined();
    expect(missOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).toBeUndefined(); // the whole cached text was found
    expect(missOf([1, 2, 3, 4, 0, 6, 7])).toBe('history_edited');
    expect(missOf([1, 2, 3, 4, 5, 9, 7])).toBe('history_edited');
    expect(missOf([1, 2, 3, 4, 5], 'b')).toBe('different_salt');
    simulation.release(startComputed(simulation, [9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]));
    expect(missOf([1, 2, 3, 4, 5, 6, 7, 8, 9])).toBe('evicted');
    expect(missOf([7, 7, 7])).toBe('nothing_in_common');
  });

  test('does not report a text as evicted that was evicted and computed again', () => {
    const simulation = new SimulatedKv('paged', { blocks: 4, blockSize: 4, contextLength: 16 });
    const missOf = (tokens: number[]): unknown =>
      simulation.cache.explain(simulation.cache.match(Int32Array.from(tokens), ''));
    simulation.release(startComputed(simulation, [1, 2, 3]));
    simulation.release(startComputed(simulation, [9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9])); // the pool is full
    simulation.release(startComputed(simulation, [8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8]));
    expect(missOf([1, 2, 3, 9, 9])).toBe('evicted');
    simulation.release(startComputed(simulation, [1, 2, 3, 4]));
    expect(missOf([1, 2, 3, 9, 9])).toBe('history_edited');
  });
});

test('the cache policy contiguous explains why it did not find a longer prefix', () => {
  const simulation = new SimulatedKv('contiguous', { blocks: 40, blockSize: 4, contextLength: CONTEXT });
  const missOf = (tokens: number[], salt = ''): unknown => {
    return simulation.cache.explain(simulation.cache.match(Int32Array.from(tokens), salt));
  };
  for (const tokens of [
    [1, 2, 3, 4, 5],
    [7, 7, 7],
  ]) {
    const sequence = simulation.start(tokens)!;
    simulation.step([{ sequence, count: tokens.length }]);
    simulation.release(sequence);
  }
  expect(missOf([1, 2, 3, 4, 5, 6, 7])).toBeUndefined(); // the whole cached text was found
  expect(missOf([1, 2, 3, 9, 9])).toBe('history_edited');
  expect(missOf([1, 2, 3, 4, 5, 6], 'b')).toBe('different_salt');
  expect(missOf([1, 9, 9, 9, 9, 9], 'b')).toBe('nothing_in_common'); // less than a block in common
});

describe('the cache policy contiguous does not cache a text whose copy may be missing', () => {
  const twoRegions = { blocks: 10, blockSize: 4, contextLength: CONTEXT };

  test('when a fork and its parent end before the first step of the fork', () => {
    const simulation = new SimulatedKv('contiguous', twoRegions);
    const parent = simulation.start([1, 2, 3, 4, 5, 6])!;
    simulation.step([{ sequence: parent, count: 6 }]);
    const fork = simulation.fork(parent)!;
    simulation.release(fork);
    simulation.release(parent); // its region is the only one with the text
    simulation.idle();
    const restarted = simulation.start([1, 2, 3, 4, 5, 6, 7])!;
    expect(restarted.cachedTokens).toBe(6);
    expect(simulation.step([{ sequence: restarted, count: 1 }])).toEqual([]);
  });

  test('when the first step of a prompt with a common prefix fails', () => {
    const simulation = new SimulatedKv('contiguous', twoRegions);
    const first = simulation.start([1, 2, 3, 4, 5, 6])!;
    simulation.step([{ sequence: first, count: 6 }]);
    simulation.release(first);
    const copying = simulation.start([1, 2, 3, 9])!;
    const other = simulation.start([5, 5])!; // reuses the region from which the copy is made
    expect(copying.cachedTokens).toBe(3);
    const work = [copying, other].map((sequence) => ({ sequence, count: 1 }));
    simulation.fail(work, 0);
    const restarted = simulation.start([1, 2, 3, 9])!;
    expect(simulation.step([{ sequence: restarted, count: 4 - restarted.cachedTokens }])).toEqual([]);
    expect(restarted.cachedTokens).toBe(0);
  });
});

test('the cache policy contiguous reserves a full context per sequence, and runs no sequence if the pool is smaller than the context', () => {
  const shapeWith = (blocks: number) => ({
    groups: [{ retention: 'all' as const, blocks }],
    blockSize: 4,
    contextLength: CONTEXT,
    maxRunning: 2,
  });
  const cache = createCache('contiguous', shapeWith(12));
  expect(cache.maxLength).toBe(CONTEXT);
  cache.createSequence(cache.match(Int32Array.of(1), ''), new BlockCopies(1));
  expect(cache.usage()).toEqual([
    { totalTokens: 40, reservedTokens: CONTEXT, usedTokens: 0, cachedTokens: 0 },
  ]);
  expect(createCache('contiguous', shapeWith(4)).maxLength).toBe(0);
});
