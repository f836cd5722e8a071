// All policies under random use, in a simulated memory that shows wrong sharing as a wrong token.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KvWorld } from '../../tests/support/kv-world.ts';
import type { CachePolicy } from '../base/completer.ts';
import { BlockPool } from './block-pool.ts';
import { ContiguousCache } from './contiguous-cache.ts';
import { CACHE_POLICIES, createCache } from './create-cache.ts';
import { NoCache } from './no-cache.ts';
import { PagedCache } from './paged-cache.ts';

const CONTEXT = 20;

function worldOf(
  policy: CachePolicy,
  blocks: number,
  blockSize: number,
): { world: KvWorld; pool?: BlockPool } {
  if (policy === 'contiguous') {
    return { world: new KvWorld(new ContiguousCache(blocks, blockSize, CONTEXT), blocks) };
  }
  const pool = new BlockPool(blocks);
  const cache = policy === 'none' ? new NoCache(pool, blockSize) : new PagedCache(pool, blockSize);
  return { world: new KvWorld(cache, blocks, pool), pool };
}

type Command =
  | { readonly kind: 'open'; readonly prompt: readonly number[]; readonly room: number }
  | { readonly kind: 'step'; readonly counts: readonly number[] }
  | { readonly kind: 'close'; readonly which: number };

// Two letters: most prompts share a start with others.
const prompts = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 12 });
const commands = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('open' as const), prompt: prompts, room: fc.integer({ min: 1, max: 7 }) }),
    fc.record({
      kind: fc.constant('step' as const),
      counts: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 4, maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant('close' as const), which: fc.nat() }),
  ) satisfies fc.Arbitrary<Command>,
  { minLength: 5, maxLength: 60 },
);

function run(world: KvWorld, { running }: Pick<KvWorld, 'running'>, command: Command): void {
  switch (command.kind) {
    case 'open':
      if (running.length < 4) world.open(command.prompt, command.prompt.length + command.room);
      return;
    case 'step': {
      const work = running.map((sequence, i) => {
        const left = sequence.tokens.length - sequence.cached.computed;
        return { sequence, count: Math.min(left, command.counts[i]!) };
      });
      world.step(work.filter(({ count }) => count > 0));
      for (const { sequence } of work) {
        const { cached, tokens, capacity } = sequence;
        const token = tokens.length % 3;
        if (cached.computed === tokens.length && tokens.length < capacity) world.choose(sequence, token);
      }
      return;
    }
    case 'close':
      if (running.length > 0) world.close(running[command.which % running.length]!);
  }
}

const blockSizes = fc.integer({ min: 1, max: 7 });

describe.each(CACHE_POLICIES)('%s', (policy) => {
  test('keeps its invariants and every sequence its own tokens, in a small pool', () => {
    fc.assert(
      fc.property(commands, blockSizes, fc.integer({ min: 0, max: 8 }), (list, blockSize, spare) => {
        const blocks = Math.ceil(CONTEXT / blockSize) + spare;
        const { world } = worldOf(policy, blocks, blockSize);
        for (const command of list) run(world, world, command);
      }),
      { numRuns: 300 },
    );
  });

  test('gives back every block and every promise', () => {
    fc.assert(
      fc.property(commands, blockSizes, (list, blockSize) => {
        const blocks = Math.ceil(CONTEXT / blockSize);
        const { world, pool } = worldOf(policy, blocks, blockSize);
        for (const command of list) run(world, world, command);
        for (const sequence of [...world.running]) world.close(sequence);
        const all = world.open([9], CONTEXT)!; // shares nothing, needs everything
        expect(all).toBeDefined();
        world.close(all);
        if (pool !== undefined) expect([pool.freeCount, pool.promised]).toEqual([blocks, 0]);
      }),
      { numRuns: 100 },
    );
  });

  test('takes what was computed before and not a token less, or nothing when it keeps nothing', () => {
    fc.assert(
      fc.property(fc.array(prompts, { maxLength: 12 }), blockSizes, (list, blockSize) => {
        const { world } = worldOf(policy, 1000, blockSize); // nothing has to go
        for (const prompt of list) {
          const expected = policy === 'none' ? 0 : world.longestEnded(prompt);
          const sequence = world.open(prompt, prompt.length + 1)!;
          expect(sequence.cachedTokens).toBe(expected);
          world.step([{ sequence, count: prompt.length - sequence.cachedTokens }]);
          world.close(sequence);
        }
      }),
    );
  });

  test('by its name is the policy that says so', () => {
    expect(createCache(policy, { blocks: 10, blockSize: 4, contextLength: CONTEXT }).policy).toBe(policy);
  });
});

test('paged finds the longest computed prefix beside running sequences too', () => {
  fc.assert(
    fc.property(commands, blockSizes, (list, blockSize) => {
      const { world } = worldOf('paged', 1000, blockSize);
      for (const command of list) {
        const expected = command.kind === 'open' ? world.longestEnded(command.prompt) : 0;
        const before = world.running.length;
        run(world, world, command);
        if (world.running.length > before) expect(world.running.at(-1)!.cachedTokens).toBe(expected);
      }
    }),
    { numRuns: 100 },
  );
});

describe.each(['contiguous', 'paged'] as const)('%s, when room is needed', (policy) => {
  const prompt = (letter: number): number[] => Array.from({ length: 12 }, () => letter);

  function serve(world: KvWorld, letter: number): number {
    const sequence = world.open(prompt(letter), CONTEXT)!;
    world.step([{ sequence, count: 12 - sequence.cachedTokens }]);
    while (sequence.tokens.length < CONTEXT) {
      world.choose(sequence, letter);
      world.step([{ sequence, count: 1 }]);
    }
    world.close(sequence);
    return sequence.cachedTokens;
  }

  test('forgets the least recently used', () => {
    const { world } = worldOf(policy, 20, 4); // four sequences of 20 tokens
    const found = [1, 2, 3, 2, 4, 5, 2, 4, 3, 1].map((letter) => serve(world, letter));
    // 5 drives out 1; the third 2 drives out 3, for a while there are two of it.
    expect(found).toEqual([0, 0, 0, 11, 0, 0, 11, 11, 0, 0]);
  });
});

describe('paged', () => {
  function withKept(blocks: number, tokens: number): KvWorld {
    const { world } = worldOf('paged', blocks, 4);
    const kept = world.open(new Array<number>(tokens).fill(1), tokens + 1)!;
    world.step([{ sequence: kept, count: tokens }]);
    world.close(kept);
    return world;
  }

  test('forgets nothing for a sequence that has to wait all the same', () => {
    const world = withKept(10, 7); // 2 blocks
    world.open([2], 24); // 6 blocks are set aside
    expect(world.open([3], 20)).toBeUndefined(); // 5 blocks, and 2 + 2 are all that can be had
    expect(world.open([1, 1, 1, 1, 1, 1, 1], 8)?.cachedTokens).toBe(6);
  });

  test('goes on with a conversation that fills the pool', () => {
    const world = withKept(5, 18);
    expect(world.open(new Array<number>(19).fill(1), 20)?.cachedTokens).toBe(18);
  });
});

test('paged counts a block that several sequences share once', () => {
  const pool = new BlockPool(20);
  const cache = new PagedCache(pool, 4);
  const world = new KvWorld(cache, 20, pool);
  const first = world.open([1, 2, 3, 4, 5, 6], 8)!;
  world.step([{ sequence: first, count: 6 }]);
  world.close(first);
  world.open([1, 2, 3, 4, 5, 6, 7], 8);
  world.open([1, 2, 3, 4, 9], 8);
  expect(cache.usage()).toEqual({ reservedTokens: 8, usedTokens: 6 });
});

test('contiguous reserves whole contexts, and holds none in a pool that is smaller than one', () => {
  const cache = new ContiguousCache(12, 4, CONTEXT);
  expect(cache.maxLength).toBe(CONTEXT);
  cache.open(Int32Array.of(1), 2, []);
  expect(cache.usage()).toEqual({ reservedTokens: CONTEXT, usedTokens: 0 });
  expect(new ContiguousCache(4, 4, CONTEXT).maxLength).toBe(0);
});
