// All policies under random use, in a simulated memory that shows wrong sharing as a wrong token, with every
// invariant checked after each operation. 100,000 operations a policy in the full run.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { availableIn, keptByGroups } from '../../tests/support/kv/cache-shapes.ts';
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
const FULL = process.env.QUIRE_FULL === '1';
const RUNS = FULL ? 2_000 : 150; // of 50 operations

type Operation =
  | { readonly kind: 'start'; readonly prompt: readonly number[]; readonly salt: string }
  | { readonly kind: 'step'; readonly counts: readonly number[] }
  | { readonly kind: 'fail'; readonly counts: readonly number[]; readonly copied: number }
  | { readonly kind: 'idle' }
  | { readonly kind: 'fork' | 'release'; readonly which: number }
  | { readonly kind: 'truncate'; readonly which: number; readonly drop: number };

// Two letters: most prompts share a start with others.
const prompts = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 14 });
const which = fc.nat(20);
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
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('fork', 'release'), which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('truncate'), which, drop: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail'), counts, copied: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('idle') }) },
) as fc.Arbitrary<Operation>;
const operations = fc.array(operation, { minLength: 50, maxLength: 50, size: 'max' });
const blockSizes = fc.integer({ min: 1, max: 7 });

function run(world: SimulatedKv, operation: Operation): void {
  const { running } = world;
  if (operation.kind === 'start') {
    if (running.length < 6) world.start(operation.prompt, operation.salt);
    return;
  }
  if (operation.kind === 'step') return step(world, operation.counts);
  if (operation.kind === 'fail') return world.fail(workOf(world, operation.counts), operation.copied);
  if (operation.kind === 'idle') {
    for (const sequence of running.toReversed()) world.release(sequence); // forks before what they are forks of
    return world.idle();
  }
  const sequence = running[operation.which % Math.max(1, running.length)];
  if (sequence === undefined) return;
  if (operation.kind === 'release') world.release(sequence);
  else if (operation.kind === 'truncate')
    world.truncate(sequence, Math.max(1, sequence.tokens.length - operation.drop));
  else if (running.length < 8) world.fork(sequence);
}

function workOf({ running }: SimulatedKv, counts: readonly number[]): SimulatedWork[] {
  const work = running.map((sequence, i) => {
    const left = sequence.tokens.length - sequence.kv.computed;
    return { sequence, count: Math.min(left, counts[i]!) };
  });
  return work.filter(({ count }) => count > 0);
}

// Whoever finds no room makes some, as a scheduler does.
function step(world: SimulatedKv, counts: readonly number[]): void {
  for (const refused of world.step(workOf(world, counts))) world.release(refused);
  for (const sequence of world.running) {
    const { kv, tokens } = sequence;
    if (kv.computed === tokens.length && tokens.length < CONTEXT) world.choose(sequence, tokens.length % 2);
  }
}

const shapeOf = (blockSize: number, spare: number, keeps: readonly KvKeeps[] = ['all']) => ({
  blocks: Math.ceil(CONTEXT / blockSize) + spare,
  blockSize,
  contextLength: CONTEXT,
  keeps,
});

describe.each(CACHE_POLICIES)('%s', (policy) => {
  test('keeps its invariants, every sequence its own tokens, and no block at the end', () => {
    fc.assert(
      fc.property(operations, blockSizes, fc.nat(12), keptByGroups, (list, blockSize, spare, keeps) => {
        const shape = shapeOf(blockSize, spare, keeps);
        const world = new SimulatedKv(policy, shape);
        for (const one of list) run(world, one);
        for (const sequence of [...world.running]) world.release(sequence);
        for (const usage of world.cache.usage())
          expect(usage).toMatchObject({ reservedTokens: 0, usedTokens: 0 });
        const all = world.start(new Array<number>(CONTEXT).fill(9))!; // shares nothing, needs everything
        expect(world.step([{ sequence: all, count: CONTEXT }])).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  }, 600_000);

  test('takes what was computed before and not a token less, or nothing when it keeps nothing', () => {
    fc.assert(
      fc.property(
        fc.array(prompts, { maxLength: 12 }),
        blockSizes,
        keptByGroups,
        (list, blockSize, keeps) => {
          const world = new SimulatedKv(policy, shapeOf(blockSize, 200, keeps)); // nothing is evicted
          for (const prompt of list) {
            const expected = policy === 'none' ? 0 : world.longestComputed(prompt);
            const sequence = world.start(prompt)!;
            expect(sequence.cachedTokens).toBe(expected);
            world.step([{ sequence, count: prompt.length - sequence.cachedTokens }]);
            world.release(sequence);
          }
        },
      ),
    );
  }, 60_000);

  test('has the cache class and the name of its policy', () => {
    const groups = [{ keeps: 'all' as const, blocks: 5 }];
    const shape = { groups, blockSize: 4, contextLength: CONTEXT, maxRunning: 2 };
    const cache = createCache(policy, shape);
    expect(cache.policy).toBe(policy);
    expect(cache).toBeInstanceOf(CACHE_CLASSES[policy]);
  });
});

describe.each(['contiguous', 'paged'] as const)('%s, when room is needed', (policy) => {
  const prompt = (letter: number): number[] => Array.from({ length: 12 }, () => letter);

  function serve(world: SimulatedKv, letter: number): number {
    const sequence = world.start(prompt(letter))!;
    world.step([{ sequence, count: 12 - sequence.cachedTokens }]);
    while (sequence.tokens.length < CONTEXT) {
      world.choose(sequence, letter);
      world.step([{ sequence, count: 1 }]);
    }
    world.release(sequence);
    return sequence.cachedTokens;
  }

  test('forgets the least recently used', () => {
    const world = new SimulatedKv(policy, { blocks: 20, blockSize: 4, contextLength: CONTEXT }); // four of them
    const found = [1, 2, 3, 2, 4, 5, 2, 4, 1].map((letter) => serve(world, letter));
    expect(found.slice(0, 5)).toEqual([0, 0, 0, 11, 0]);
    expect(found.slice(6)).toEqual([11, 11, 0]); // 5 drove out 1
  });
});

describe('paged', () => {
  const computed = (world: SimulatedKv, tokens: readonly number[], salt?: string): SimulatedSequence => {
    const sequence = world.start(tokens, salt)!;
    world.step([{ sequence, count: tokens.length - sequence.cachedTokens }]);
    return sequence;
  };

  test('counts a block that several sequences share once', () => {
    const world = new SimulatedKv('paged', { blocks: 20, blockSize: 4, contextLength: 40 });
    world.release(computed(world, [1, 2, 3, 4, 5, 6]));
    world.start([1, 2, 3, 4, 5, 6, 7]); // shares a block, takes over the tail
    world.start([1, 2, 3, 4, 9]);
    expect(world.cache.usage()).toEqual([
      { totalTokens: 80, reservedTokens: 8, usedTokens: 6, cachedTokens: 0 },
    ]);
  });

  test('finds tokens of a sequence that still runs, its partial tail included', () => {
    const world = new SimulatedKv('paged', { blocks: 20, blockSize: 4, contextLength: 40 });
    computed(world, [1, 2, 3, 4, 5, 6]);
    expect(world.start([1, 2, 3, 4, 5, 6, 7])!.cachedTokens).toBe(6);
    expect(world.start([1, 2, 3, 4, 5, 9])!.cachedTokens).toBe(5);
  });

  test('a write to a shared block copies that block and no other', () => {
    const world = new SimulatedKv('paged', { blocks: 40, blockSize: 4, contextLength: 40 });
    const parent = computed(world, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const forks = [world.fork(parent)!, world.fork(parent)!];
    expect(availableIn(world.paged!)).toBe(37);
    for (const [i, fork] of forks.entries()) world.choose(fork, 10 + i);
    world.step(forks.map((sequence) => ({ sequence, count: 1 })));
    expect(world.events.count('copied')).toBe(2);
    expect(availableIn(world.paged!)).toBe(35);
    world.choose(parent, 12);
    world.step([{ sequence: parent, count: 1 }]); // alone with its block now: nothing to copy
    expect(world.events.count('copied')).toBe(2);
  });

  test('32 forks of a prefix of 2,000 tokens use its blocks once plus one each', () => {
    const shape = { blocks: 160, blockSize: 16, contextLength: 2400, maxRunning: 33 };
    const world = new SimulatedKv('paged', shape);
    const parent = computed(
      world,
      Array.from({ length: 2000 }, (_, i) => i),
    );
    const forks = Array.from({ length: 32 }, () => world.fork(parent)!);
    for (const [i, fork] of forks.entries()) world.choose(fork, 5000 + i);
    world.step(forks.map((sequence) => ({ sequence, count: 1 })));
    expect(shape.blocks - availableIn(world.paged!)).toBe(125 + 32);
  });

  test('texts under different salts never meet', () => {
    const world = new SimulatedKv('paged', { blocks: 20, blockSize: 4, contextLength: 40 });
    world.release(computed(world, [1, 2, 3, 4, 5], 'a'));
    expect(world.cache.match(Int32Array.of(1, 2, 3, 4, 5, 6), 'b').tokens).toBe(0);
    expect(world.cache.match(Int32Array.of(1, 2, 3, 4, 5, 6), 'a').tokens).toBe(5);
  });

  test('two that computed the same keep one copy of it', () => {
    const world = new SimulatedKv('paged', { blocks: 20, blockSize: 4, contextLength: 40 });
    const both = [world.start([1, 2, 3, 4, 5])!, world.start([1, 2, 3, 4, 6])!];
    world.step(both.map((sequence) => ({ sequence, count: 5 })));
    const firstOf = ({ kv }: SimulatedSequence): unknown => kv.tables[0]!.blocks[0];
    expect(firstOf(both[0]!)).toBe(firstOf(both[1]!));
    expect(availableIn(world.paged!)).toBe(17);
  });

  test('says why it did not find more', () => {
    const world = new SimulatedKv('paged', { blocks: 4, blockSize: 4, contextLength: 16 });
    const why = (tokens: number[], salt = ''): unknown => {
      return world.cache.explain(world.cache.match(Int32Array.from(tokens), salt));
    };
    expect(why([1, 2, 3])).toBe('nothing_in_common');
    world.release(computed(world, [1, 2, 3, 4, 5, 6, 7, 8]));
    expect(why([1, 2, 3, 4, 5, 6, 7, 8, 9])).toBeUndefined();
    expect(why([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).toBeUndefined(); // all there was
    expect(why([1, 2, 3, 4, 0, 6, 7])).toBe('history_edited');
    expect(why([1, 2, 3, 4, 5, 9, 7])).toBe('history_edited');
    expect(why([1, 2, 3, 4, 5], 'b')).toBe('different_salt');
    world.release(computed(world, [9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]));
    expect(why([1, 2, 3, 4, 5, 6, 7, 8, 9])).toBe('evicted');
    expect(why([7, 7, 7])).toBe('nothing_in_common');
  });

  test('does not call lost what was computed again', () => {
    const world = new SimulatedKv('paged', { blocks: 4, blockSize: 4, contextLength: 16 });
    const why = (tokens: number[]): unknown =>
      world.cache.explain(world.cache.match(Int32Array.from(tokens), ''));
    world.release(computed(world, [1, 2, 3]));
    world.release(computed(world, [9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9])); // the pool is full
    world.release(computed(world, [8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8]));
    expect(why([1, 2, 3, 9, 9])).toBe('evicted');
    world.release(computed(world, [1, 2, 3, 4]));
    expect(why([1, 2, 3, 9, 9])).toBe('history_edited');
  });
});

test('contiguous says why it did not find more', () => {
  const world = new SimulatedKv('contiguous', { blocks: 40, blockSize: 4, contextLength: CONTEXT });
  const why = (tokens: number[], salt = ''): unknown => {
    return world.cache.explain(world.cache.match(Int32Array.from(tokens), salt));
  };
  for (const tokens of [
    [1, 2, 3, 4, 5],
    [7, 7, 7],
  ]) {
    const sequence = world.start(tokens)!;
    world.step([{ sequence, count: tokens.length }]);
    world.release(sequence);
  }
  expect(why([1, 2, 3, 4, 5, 6, 7])).toBeUndefined(); // all there was, whatever else is kept
  expect(why([1, 2, 3, 9, 9])).toBe('history_edited');
  expect(why([1, 2, 3, 4, 5, 6], 'b')).toBe('different_salt');
  expect(why([1, 9, 9, 9, 9, 9], 'b')).toBe('nothing_in_common'); // a first token is nothing to have in common
});

describe('contiguous keeps no copy that may not have been made', () => {
  const twoRuns = { blocks: 10, blockSize: 4, contextLength: CONTEXT };

  test('when a fork ends before its first step, and its parent with it', () => {
    const world = new SimulatedKv('contiguous', twoRuns);
    const parent = world.start([1, 2, 3, 4, 5, 6])!;
    world.step([{ sequence: parent, count: 6 }]);
    const fork = world.fork(parent)!;
    world.release(fork);
    world.release(parent); // its run is the only one that holds the text
    world.idle();
    const again = world.start([1, 2, 3, 4, 5, 6, 7])!;
    expect(again.cachedTokens).toBe(6);
    expect(world.step([{ sequence: again, count: 1 }])).toEqual([]);
  });

  test('when the first step of a prompt that starts alike fails', () => {
    const world = new SimulatedKv('contiguous', twoRuns);
    const first = world.start([1, 2, 3, 4, 5, 6])!;
    world.step([{ sequence: first, count: 6 }]);
    world.release(first);
    const alike = world.start([1, 2, 3, 9])!;
    const other = world.start([5, 5])!; // takes the run that the copy is made from
    expect(alike.cachedTokens).toBe(3);
    const work = [alike, other].map((sequence) => ({ sequence, count: 1 }));
    world.fail(work, 0);
    const again = world.start([1, 2, 3, 9])!;
    expect(world.step([{ sequence: again, count: 4 - again.cachedTokens }])).toEqual([]);
    expect(again.cachedTokens).toBe(0);
  });
});

test('contiguous reserves whole contexts, and holds none in a pool that is smaller than one', () => {
  const shapeWith = (blocks: number) => ({
    groups: [{ keeps: 'all' as const, blocks }],
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
