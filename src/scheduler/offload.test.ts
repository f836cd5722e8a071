// The scheduler with a slower store behind the cache: late, failing, and outliving its memory.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkInvariants } from '../../tests/support/kv/cache-invariants.ts';
import { availableIn, groupsOf, ONE_GROUP, randomKeeps } from '../../tests/support/kv/cache-shapes.ts';
import { SimulatedExecutable } from '../../tests/support/kv/simulated-executable.ts';
import { SimulatedStore, type StoreFaults } from '../../tests/support/kv/simulated-store.ts';
import { randomNumbers, wholeBelow } from '../../tests/support/random.ts';
import type { KvKeeps } from '../base/model/kv-layout.ts';
import { createPagedCache } from '../kv/create-cache.ts';
import type { PagedCache } from '../kv/paged-cache.ts';
import { Scheduler } from './scheduler.ts';
import { Sequence } from './sequence.ts';

interface World {
  readonly cache: PagedCache;
  readonly scheduler: Scheduler;
  /** of each group of layers */
  readonly stores: readonly SimulatedStore[];
  /** of the first */
  readonly store: SimulatedStore;
  start(prompt: readonly number[], capacity: number): Sequence;
  /** a step, or one turn of the event loop when there is nothing to do */
  step(budget?: number): Promise<void>;
  /** until nothing is left to do and nothing is being moved */
  settle(): Promise<void>;
}

interface WorldOptions {
  readonly faults?: StoreFaults;
  /** what earlier ones kept, of each group */
  readonly kept?: readonly SimulatedStore[];
  readonly keeps?: readonly KvKeeps[];
}

function worldOf(
  blocks: number,
  blockSize: number,
  { faults, kept, keeps = ONE_GROUP }: WorldOptions = {},
): World {
  const machine = new SimulatedExecutable(blocks, blockSize, keeps);
  const stores = machine.groups.map((memory) => new SimulatedStore(memory, faults));
  for (const [group, store] of stores.entries()) {
    for (const [key, content] of kept?.[group]?.kept ?? []) store.kept.set(key, content);
  }
  const cache = createPagedCache({
    groups: groupsOf(keeps, blocks).map((group, i) => ({ ...group, store: stores[i] })),
    blockSize,
    contextLength: blocks * blockSize,
    maxRunning: 4,
  });
  const scheduler = new Scheduler(cache, { maxRunning: 4, maxRows: 8, events: cache.events });
  let id = 0;
  const turn = (): Promise<void> => new Promise(setImmediate);
  const step = async (budget = 16): Promise<void> => {
    const planned = scheduler.plan(budget);
    if (planned === undefined) {
      // Whoever waits must wait for something that moves.
      if (scheduler.hasWork) expect(scheduler.nextTransfer).toBeDefined();
      return turn();
    }
    const full: Sequence[] = [];
    await turn(); // what is read meanwhile must not disturb the step
    const chosen = machine.step(planned, (one) => one);
    await turn();
    scheduler.accept(planned, chosen, (sequence) => {
      if (sequence.length === sequence.capacity) full.push(sequence);
      return sequence.length === sequence.capacity;
    });
    for (const sequence of full) scheduler.finish(sequence);
    checkInvariants(cache);
  };
  return {
    cache,
    scheduler,
    stores,
    store: stores[0]!,
    step,
    start(prompt, capacity) {
      const sequence = new Sequence(id++, { prompt, capacity, arrivedAt: id });
      scheduler.submit(sequence);
      return sequence;
    },
    async settle() {
      for (let turns = 0; scheduler.hasWork; turns++) {
        if (turns > 20_000) throw new Error('no progress');
        await step();
      }
      for (let turns = 0; turns < 50; turns++) await turn();
      checkInvariants(cache);
    },
  };
}

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

test('what is reported of a fork that goes on by itself is of its prompt, though more is read for it', async () => {
  const world = worldOf(8, 4);
  const parent = world.start(range(0, 6), 20);
  while (parent.length < 18) await world.step();
  const fork = new Sequence(8, { prompt: range(0, 6), capacity: 20, arrivedAt: 8 });
  world.scheduler.fork(parent, fork);
  world.scheduler.finish(parent);
  const first = new Sequence(9, { prompt: range(100, 30), capacity: 32, arrivedAt: 0 });
  for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate); // the store takes what the parent had
  world.scheduler.submit(first); // takes all the memory
  await world.settle();
  expect(world.store.loads).toBe(4); // 16 of its 18 tokens
  expect(fork.cachedTokens).toBe(6);
  expect(fork.report).toEqual({ runningTokens: 0, memoryTokens: 0, diskTokens: 6 });
});

test('a miss is not reported of a prompt that was found, whatever its answer lacks', async () => {
  const world = worldOf(8, 4, { faults: { delay: () => 1, fails: () => true } }); // a store that keeps nothing
  const parent = world.start(range(0, 9), 24);
  while (parent.length < 18) await world.step();
  const fork = new Sequence(8, { prompt: range(0, 9), capacity: 20, arrivedAt: 8 });
  world.scheduler.fork(parent, fork);
  world.scheduler.finish(parent);
  for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate);
  world.scheduler.submit(new Sequence(9, { prompt: range(100, 18), capacity: 20, arrivedAt: 0 })); // evicts the end
  await world.settle();
  expect(fork.cachedTokens).toBeGreaterThanOrEqual(8);
  expect(fork.cachedTokens).toBeLessThan(17);
  expect(fork.report?.miss).toBeUndefined();
});

test('what is about to be read counts as used, so that nothing written meanwhile takes its place', async () => {
  const before = worldOf(8, 4);
  before.start(range(0, 18), 20);
  await before.settle();
  const world = worldOf(8, 4, { kept: before.stores });
  const used: string[] = [];
  world.store.touch = (key: string): void => {
    used.push(key);
  };
  world.start(range(0, 18), 20);
  world.scheduler.plan(16);
  const keys = [...world.store.kept.keys()].sort((a, b) => b.length - a.length);
  expect(used).toEqual(keys.slice(-4)); // the end of the text first
  await world.settle();
});

test('where a window lost a block, what memory and store still have is looked for again', async () => {
  const keeps: KvKeeps[] = [{ window: 4 }];
  const before = worldOf(12, 4, { keeps });
  before.start(range(0, 42), 44);
  await before.settle();
  expect(before.store.kept.size).toBe(10);
  const world = worldOf(12, 4, { keeps, kept: before.stores });
  const [last] = [...world.store.kept.keys()].sort((a, b) => b.length - a.length);
  const load = world.store.load.bind(world.store);
  world.store.load = async (key, block) => {
    if (key !== last) return load(key, block);
    world.store.kept.delete(key); // it was damaged
    return false;
  };
  const again = world.start(range(0, 42), 44);
  await world.settle();
  expect(again.report).toEqual({ runningTokens: 0, memoryTokens: 0, diskTokens: 36, firstDifference: 36 });
});

test('a store that is always wrong about what it has is asked twice', async () => {
  const keeps: KvKeeps[] = ['all', { window: 4 }];
  const before = worldOf(12, 4, { keeps });
  before.start(range(0, 42), 44);
  await before.settle();
  const faults = { delay: () => 1, fails: () => true };
  const world = worldOf(12, 4, { keeps, kept: before.stores, faults });
  const again = world.start(range(0, 42), 44);
  await world.settle();
  expect(world.store.loads).toBe(20); // ten blocks
  expect([again.cachedTokens, again.computedTokens]).toEqual([0, 43]);
});

test('what memory lost is read back, and only the rest is computed', async () => {
  const world = worldOf(8, 4);
  const first = world.start(range(0, 18), 20);
  await world.settle();
  expect(first.computedTokens).toBe(19);
  world.start(range(100, 30), 32); // takes all the memory
  await world.settle();
  const again = world.start(range(0, 18), 20);
  await world.settle();
  expect(again.report).toEqual({ runningTokens: 0, memoryTokens: 0, diskTokens: 16, firstDifference: 16 });
  expect([again.cachedTokens, again.computedTokens]).toEqual([16, 3]);
});

test('another process finds it too, under the same salt', async () => {
  const before = worldOf(8, 4);
  before.start(range(0, 18), 20);
  await before.settle();
  const after = worldOf(8, 4, { kept: before.stores });
  const sequence = after.start(range(0, 18), 20);
  await after.settle();
  expect(sequence.report).toMatchObject({ memoryTokens: 0, diskTokens: 16 });
});

test('others run while a sequence waits for its blocks', async () => {
  const before = worldOf(8, 4);
  before.start(range(0, 18), 20);
  await before.settle();
  const world = worldOf(16, 4, { faults: { delay: () => 30, fails: () => false }, kept: before.stores });
  const waiting = world.start(range(0, 18), 20);
  const other = world.start(range(50, 5), 8);
  while (other.state !== 'finished') await world.step();
  expect(waiting.state).toBe('restoring');
  await world.settle();
  expect(waiting.cachedTokens).toBe(16);
});

test('a block that cannot be read is a miss from there on', async () => {
  const before = worldOf(8, 4);
  before.start(range(0, 18), 20);
  await before.settle();
  let reads = 0;
  const faults = { delay: () => 1, fails: () => ++reads === 3 };
  const world = worldOf(8, 4, { faults, kept: before.stores });
  const sequence = world.start(range(0, 18), 20);
  await world.settle();
  expect(sequence.report).toMatchObject({ diskTokens: 8, firstDifference: 8 });
  expect(sequence.computedTokens).toBe(10 + 1);
});

test('a sequence cancelled while its blocks are read leaves nothing behind', async () => {
  const before = worldOf(8, 4);
  before.start(range(0, 18), 20);
  await before.settle();
  const world = worldOf(8, 4, { faults: { delay: () => 10, fails: () => false }, kept: before.stores });
  const sequence = world.start(range(0, 18), 20);
  await world.step();
  expect(sequence.state).toBe('restoring');
  world.scheduler.finish(sequence);
  expect(world.scheduler.hasWork).toBe(false);
  expect(availableIn(world.cache)).toBe(4); // the others are pinned
  await world.settle();
  expect(availableIn(world.cache)).toBe(8);
});

describe('a store that is busy', () => {
  test('holds no memory back, and comes to what is still there', async () => {
    const world = worldOf(8, 4);
    let free = (): void => {};
    world.store.busy = new Promise((resolve) => {
      free = () => {
        world.store.busy = undefined;
        resolve();
      };
    });
    world.start(range(0, 18), 20);
    await world.settle();
    expect([availableIn(world.cache), world.store.kept.size]).toEqual([8, 0]);
    world.start(range(100, 22), 24); // takes the empty blocks, and the last ones of the other
    await world.settle();
    free();
    await world.settle();
    expect([...world.store.kept.keys()].filter((key) => key.includes('/0,1,2,3'))).toHaveLength(2);
    expect(world.store.kept.size).toBe(2 + 5);
  });

  test('is not waited for at the cost of those who run', async () => {
    const world = worldOf(16, 1, { faults: { delay: () => 10, fails: () => false } });
    world.start(range(0, 10), 11);
    while (world.scheduler.hasWork) await world.step();
    const [one, two] = [world.start(range(100, 6), 12), world.start(range(200, 3), 4)];
    await world.settle();
    expect([one.preemptions, two.preemptions]).toEqual([0, 0]);
  });
});

describe('at the end', () => {
  test('what is being stored meanwhile hides nothing', async () => {
    const world = worldOf(16, 4, { faults: { delay: () => 5, fails: () => false } });
    world.start(range(0, 30), 31);
    while (world.scheduler.hasWork) await world.step();
    await world.cache.offload!.flush();
    expect(world.store.kept.size).toBe(7);
  });

  test('what is only in memory is stored, as far as there is room: beginnings first', async () => {
    const world = worldOf(16, 4);
    world.store.busy = new Promise(() => {});
    for (const first of [0, 100, 200]) {
      world.start(range(first, 14), 15);
      await world.settle();
    }
    world.store.busy = undefined;
    world.store.capacity = 7;
    await world.cache.offload!.flush();
    const blocksOf = (first: number): number =>
      [...world.store.kept.keys()].filter((key) => key.includes(`/${first},`)).length;
    expect([blocksOf(200), blocksOf(100), blocksOf(0)]).toEqual([3, 3, 1]);
    expect(availableIn(world.cache)).toBe(16);
  });
});

describe('under random load, delay and failure', () => {
  test('each sequence has its own text, and every block is free or findable at the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const random = randomNumbers(seed);
        const fails = random() < 0.5 ? 0 : 0.3;
        const faults = { delay: () => wholeBelow(random, 6), fails: () => random() < fails };
        const world = worldOf(6 + wholeBelow(random, 12), 1 + wholeBelow(random, 4), {
          faults,
          keeps: randomKeeps(random),
        });
        const { maxLength } = world.cache;
        const open: Sequence[] = [];
        for (let i = 0; i < 60; i++) {
          const length = 1 + wholeBelow(random, Math.min(maxLength - 2, 14));
          const prompt = Array.from({ length }, () => wholeBelow(random, 2));
          open.push(world.start(prompt, Math.min(maxLength, length + 1 + wholeBelow(random, 6))));
          for (let steps = wholeBelow(random, 4); steps > 0; steps--)
            await world.step(1 + wholeBelow(random, 9));
          const one = open[wholeBelow(random, open.length)]!;
          if (random() < 0.15) world.scheduler.finish(one);
          else if (random() < 0.1) world.scheduler.preempt(one);
        }
        await world.settle();
        for (const usage of world.cache.usage())
          expect(usage).toMatchObject({ reservedTokens: 0, usedTokens: 0 });
        for (const { pool } of world.cache.groupBlocks) expect(pool.available).toBe(pool.size);
        for (const { id, tokens, promptLength } of open) {
          for (let i = promptLength; i < tokens.length; i++) {
            expect(tokens[i]).toBe(SimulatedExecutable.next(tokens.subarray(0, i), id));
          }
        }
      }),
      { numRuns: process.env.QUIRE_FULL === '1' ? 400 : 15 },
    );
  }, 600_000);
});
