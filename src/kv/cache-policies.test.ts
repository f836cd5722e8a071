// All policies under random operations, with all invariants checked after each. In the simulated memory, wrong sharing
// yields a wrong token. The full run performs 100,000 operations per policy.

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

function run(simulation: SimulatedKv, operation: Operation): void {
  const { running } = simulation;
  if (operation.kind === 'start') {
    if (running.length < 6) simulation.start(operation.prompt, operation.salt);
    return;
  }
  if (operation.kind === 'step') return step(simulation, operation.counts);
  if (operation.kind === 'fail')
    return simulation.fail(workOf(simulation, operation.counts), operation.copied);
  if (operation.kind === 'idle') {
    for (const sequence of running.toReversed()) simulation.release(sequence); // forks before their parents
    return simulation.idle();
  }
  const sequence = running[operation.which % Math.max(1, running.length)];
  if (sequence === undefined) return;
  if (operation.kind === 'release') simulation.release(sequence);
  else if (operation.kind === 'truncate')
    simulation.truncate(sequence, Math.max(1, sequence.tokens.length - operation.drop));
  else if (running.length < 8) simulation.fork(sequence);
}

function workOf({ running }: SimulatedKv, counts: readonly number[]): SimulatedWork[] {
  const work = running.map((sequence, i) => {
    const left = sequence.tokens.length - sequence.kv.computed;
    return { sequence, count: Math.min(left, counts[i]!) };
  });
  return work.filter(({ count }) => count > 0);
}

// Releases the sequences for which there were not enough blocks, as a scheduler does.
function step(simulation: SimulatedKv, counts: readonly number[]): void {
  for (const refused of simulation.step(workOf(simulation, counts))) simulation.release(refused);
  for (const sequence of simulation.running) {
    const { kv, tokens } = sequence;
    if (kv.computed === tokens.length && tokens.length < CONTEXT)
      simulation.choose(sequence, tokens.length % 2);
  }
}

const shapeOf = (blockSize: number, spare: number, keeps: readonly KvKeeps[] = ['all']) => ({
  blocks: Math.ceil(CONTEXT / blockSize) + spare,
  blockSize,
  contextLength: CONTEXT,
  keeps,
});

describe.each(CACHE_POLICIES)('%s', (policy) => {
  test('keeps its invariants, reads only correct tokens, and has no reserved blocks at the end', () => {
    fc.assert(
      fc.property(operations, blockSizes, fc.nat(12), keptByGroups, (list, blockSize, spare, keeps) => {
        const shape = shapeOf(blockSize, spare, keeps);
        const simulation = new SimulatedKv(policy, shape);
        for (const one of list) run(simulation, one);
        for (const sequence of [...simulation.running]) simulation.release(sequence);
        for (const usage of simulation.cache.usage())
          expect(usage).toMatchObject({ reservedTokens: 0, usedTokens: 0 });
        const all = simulation.start(new Array<number>(CONTEXT).fill(9))!; // shares nothing and needs the whole pool
        expect(simulation.step([{ sequence: all, count: CONTEXT }])).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  }, 600_000);

  test('finds the longest computed prefix to the token; the policy none finds nothing', () => {
    fc.assert(
      fc.property(
        fc.array(prompts, { maxLength: 12 }),
        blockSizes,
        keptByGroups,
        (list, blockSize, keeps) => {
          const simulation = new SimulatedKv(policy, shapeOf(blockSize, 200, keeps)); // nothing is evicted
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

  test('createCache returns the named policy', () => {
    const groups = [{ keeps: 'all' as const, blocks: 5 }];
    const shape = { groups, blockSize: 4, contextLength: CONTEXT, maxRunning: 2 };
    const cache = createCache(policy, shape);
    expect(cache.policy).toBe(policy);
    expect(cache).toBeInstanceOf(CACHE_CLASSES[policy]);
  });
});

describe.each(['contiguous', 'paged'] as const)('%s with a full pool', (policy) => {
  const prompt = (letter: number): number[] => Array.from({ length: 12 }, () => letter);

  function serve(simulation: SimulatedKv, letter: number): number {
    const sequence = simulation.start(prompt(letter))!;
    simulation.step([{ sequence, count: 12 - sequence.cachedTokens }]);
    while (sequence.tokens.length < CONTEXT) {
      simulation.choose(sequence, letter);
      simulation.step([{ sequence, count: 1 }]);
    }
    simulation.release(sequence);
    return sequence.cachedTokens;
  }

  test('evicts the least recently used text', () => {
    const simulation = new SimulatedKv(policy, { blocks: 20, blockSize: 4, contextLength: CONTEXT }); // four sequences
    const found = [1, 2, 3, 2, 4, 5, 2, 4, 1].map((letter) => serve(simulation, letter));
    expect(found.slice(0, 5)).toEqual([0, 0, 0, 11, 0]);
    expect(found.slice(6)).toEqual([11, 11, 0]); // 5 evicted 1
  });
});

describe('paged', () => {
  const computed = (simulation: SimulatedKv, tokens: readonly number[], salt?: string): SimulatedSequence => {
    const sequence = simulation.start(tokens, salt)!;
    simulation.step([{ sequence, count: tokens.length - sequence.cachedTokens }]);
    return sequence;
  };

  test('counts a shared block once', () => {
    const simulation = new SimulatedKv('paged', { blocks: 20, blockSize: 4, contextLength: 40 });
    simulation.release(computed(simulation, [1, 2, 3, 4, 5, 6]));
    simulation.start([1, 2, 3, 4, 5, 6, 7]); // shares a block and extends the cached tail
    simulation.start([1, 2, 3, 4, 9]);
    expect(simulation.cache.usage()).toEqual([
      { totalTokens: 80, reservedTokens: 8, usedTokens: 6, cachedTokens: 0 },
    ]);
  });

  test('finds the tokens of a running sequence, including its partial last block', () => {
    const simulation = new SimulatedKv('paged', { blocks: 20, blockSize: 4, contextLength: 40 });
    computed(simulation, [1, 2, 3, 4, 5, 6]);
    expect(simulation.start([1, 2, 3, 4, 5, 6, 7])!.cachedTokens).toBe(6);
    expect(simulation.start([1, 2, 3, 4, 5, 9])!.cachedTokens).toBe(5);
  });

  test('copies only the shared block that is written', () => {
    const simulation = new SimulatedKv('paged', { blocks: 40, blockSize: 4, contextLength: 40 });
    const parent = computed(simulation, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const forks = [simulation.fork(parent)!, simulation.fork(parent)!];
    expect(availableIn(simulation.paged!)).toBe(37);
    for (const [i, fork] of forks.entries()) simulation.choose(fork, 10 + i);
    simulation.step(forks.map((sequence) => ({ sequence, count: 1 })));
    expect(simulation.events.count('copied')).toBe(2);
    expect(availableIn(simulation.paged!)).toBe(35);
    simulation.choose(parent, 12);
    simulation.step([{ sequence: parent, count: 1 }]); // the block is no longer shared: nothing to copy
    expect(simulation.events.count('copied')).toBe(2);
  });

  test('32 forks of 2,000 tokens share the blocks and use one more each', () => {
    const shape = { blocks: 160, blockSize: 16, contextLength: 2400, maxRunning: 33 };
    const simulation = new SimulatedKv('paged', shape);
    const parent = computed(
      simulation,
      Array.from({ length: 2000 }, (_, i) => i),
    );
    const forks = Array.from({ length: 32 }, () => simulation.fork(parent)!);
    for (const [i, fork] of forks.entries()) simulation.choose(fork, 5000 + i);
    simulation.step(forks.map((sequence) => ({ sequence, count: 1 })));
    expect(shape.blocks - availableIn(simulation.paged!)).toBe(125 + 32);
  });

  test('does not share text between salts', () => {
    const simulation = new SimulatedKv('paged', { blocks: 20, blockSize: 4, contextLength: 40 });
    simulation.release(computed(simulation, [1, 2, 3, 4, 5], 'a'));
    expect(simulation.cache.match(Int32Array.of(1, 2, 3, 4, 5, 6), 'b').tokens).toBe(0);
    expect(simulation.cache.match(Int32Array.of(1, 2, 3, 4, 5, 6), 'a').tokens).toBe(5);
  });

  test('keeps one copy of a block that two sequences computed in the same step', () => {
    const simulation = new SimulatedKv('paged', { blocks: 20, blockSize: 4, contextLength: 40 });
    const both = [simulation.start([1, 2, 3, 4, 5])!, simulation.start([1, 2, 3, 4, 6])!];
    simulation.step(both.map((sequence) => ({ sequence, count: 5 })));
    const firstOf = ({ kv }: SimulatedSequence): unknown => kv.tables[0]!.blocks[0];
    expect(firstOf(both[0]!)).toBe(firstOf(both[1]!));
    expect(availableIn(simulation.paged!)).toBe(17);
  });

  test('explains why it did not find more', () => {
    const simulation = new SimulatedKv('paged', { blocks: 4, blockSize: 4, contextLength: 16 });
    const why = (tokens: number[], salt = ''): unknown => {
      return simulation.cache.explain(simulation.cache.match(Int32Array.from(tokens), salt));
    };
    expect(why([1, 2, 3])).toBe('nothing_in_common');
    simulation.release(computed(simulation, [1, 2, 3, 4, 5, 6, 7, 8]));
    expect(why([1, 2, 3, 4, 5, 6, 7, 8, 9])).toBeUndefined();
    expect(why([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).toBeUndefined(); // all of it was found
    expect(why([1, 2, 3, 4, 0, 6, 7])).toBe('history_edited');
    expect(why([1, 2, 3, 4, 5, 9, 7])).toBe('history_edited');
    expect(why([1, 2, 3, 4, 5], 'b')).toBe('different_salt');
    simulation.release(computed(simulation, [9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]));
    expect(why([1, 2, 3, 4, 5, 6, 7, 8, 9])).toBe('evicted');
    expect(why([7, 7, 7])).toBe('nothing_in_common');
  });

  test('does not report text as evicted that was computed again', () => {
    const simulation = new SimulatedKv('paged', { blocks: 4, blockSize: 4, contextLength: 16 });
    const why = (tokens: number[]): unknown =>
      simulation.cache.explain(simulation.cache.match(Int32Array.from(tokens), ''));
    simulation.release(computed(simulation, [1, 2, 3]));
    simulation.release(computed(simulation, [9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9])); // the pool is full
    simulation.release(computed(simulation, [8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8]));
    expect(why([1, 2, 3, 9, 9])).toBe('evicted');
    simulation.release(computed(simulation, [1, 2, 3, 4]));
    expect(why([1, 2, 3, 9, 9])).toBe('history_edited');
  });
});

test('contiguous explains why it did not find more', () => {
  const simulation = new SimulatedKv('contiguous', { blocks: 40, blockSize: 4, contextLength: CONTEXT });
  const why = (tokens: number[], salt = ''): unknown => {
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
  expect(why([1, 2, 3, 4, 5, 6, 7])).toBeUndefined(); // all of it was found, whatever else is cached
  expect(why([1, 2, 3, 9, 9])).toBe('history_edited');
  expect(why([1, 2, 3, 4, 5, 6], 'b')).toBe('different_salt');
  expect(why([1, 9, 9, 9, 9, 9], 'b')).toBe('nothing_in_common'); // a common first token alone does not count
});

describe('contiguous does not cache text whose pending copy may be missing', () => {
  const twoRuns = { blocks: 10, blockSize: 4, contextLength: CONTEXT };

  test('when a fork and its parent end before the first step of the fork', () => {
    const simulation = new SimulatedKv('contiguous', twoRuns);
    const parent = simulation.start([1, 2, 3, 4, 5, 6])!;
    simulation.step([{ sequence: parent, count: 6 }]);
    const fork = simulation.fork(parent)!;
    simulation.release(fork);
    simulation.release(parent); // its run is the only one with the text
    simulation.idle();
    const again = simulation.start([1, 2, 3, 4, 5, 6, 7])!;
    expect(again.cachedTokens).toBe(6);
    expect(simulation.step([{ sequence: again, count: 1 }])).toEqual([]);
  });

  test('when the first step of a prompt with a common prefix fails', () => {
    const simulation = new SimulatedKv('contiguous', twoRuns);
    const first = simulation.start([1, 2, 3, 4, 5, 6])!;
    simulation.step([{ sequence: first, count: 6 }]);
    simulation.release(first);
    const alike = simulation.start([1, 2, 3, 9])!;
    const other = simulation.start([5, 5])!; // reuses the run from which the copy is made
    expect(alike.cachedTokens).toBe(3);
    const work = [alike, other].map((sequence) => ({ sequence, count: 1 }));
    simulation.fail(work, 0);
    const again = simulation.start([1, 2, 3, 9])!;
    expect(simulation.step([{ sequence: again, count: 4 - again.cachedTokens }])).toEqual([]);
    expect(again.cachedTokens).toBe(0);
  });
});

test('contiguous reserves a full context per sequence, and runs none in a smaller pool', () => {
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
