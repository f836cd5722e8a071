// Runs the scheduler with a cache that has an offload store: a slow store, a failing store, and a store from an earlier
// process.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkInvariants } from '../../tests/support/kv/cache-invariants.ts';
import {
  availableBlockCount,
  groupsOf,
  ONE_GROUP,
  randomRetentions,
} from '../../tests/support/kv/cache-shapes.ts';
import { SimulatedExecutable } from '../../tests/support/kv/simulated-executable.ts';
import { SimulatedStore, type StoreFaults } from '../../tests/support/kv/simulated-store.ts';
import { randomInteger, randomNumbers } from '../../tests/support/random.ts';
import type { KvKeeps } from '../base/model/kv-layout.ts';
import { createPagedCache } from '../kv/create-cache.ts';
import type { PagedCache } from '../kv/paged-cache.ts';
import { Scheduler } from './scheduler.ts';
import { Sequence } from './sequence.ts';

interface Setup {
  readonly cache: PagedCache;
  readonly scheduler: Scheduler;
  /** the store of each layer group */
  readonly stores: readonly SimulatedStore[];
  /** the store of the first layer group */
  readonly store: SimulatedStore;
  start(prompt: readonly number[], capacity: number): Sequence;
  /** Runs a step, or yields to the event loop if there is nothing to compute. */
  step(budget?: number): Promise<void>;
  /** Runs until all sequences and transfers have ended. */
  settle(): Promise<void>;
}

interface SetupOptions {
  readonly faults?: StoreFaults;
  /** stores of an earlier process whose blocks are copied, one for each layer group */
  readonly earlierStores?: readonly SimulatedStore[];
  readonly retentions?: readonly KvKeeps[];
}

function setUp(
  blocks: number,
  blockSize: number,
  { faults, earlierStores, retentions = ONE_GROUP }: SetupOptions = {},
): Setup {
  const machine = new SimulatedExecutable(blocks, blockSize, retentions);
  const stores = machine.groups.map((memory) => new SimulatedStore(memory, faults));
  for (const [group, store] of stores.entries()) {
    for (const [key, content] of earlierStores?.[group]?.stored ?? []) store.stored.set(key, content);
  }
  const cache = createPagedCache({
    groups: groupsOf(retentions, blocks).map((group, i) => ({ ...group, store: stores[i] })),
    blockSize,
    contextLength: blocks * blockSize,
    maxRunning: 4,
  });
  const scheduler = new Scheduler(cache, { maxRunning: 4, maxRows: 8, events: cache.events });
  let id = 0;
  const eventLoopTurn = (): Promise<void> => new Promise(setImmediate);
  const step = async (budget = 16): Promise<void> => {
    const planned = scheduler.plan(budget);
    if (planned === undefined) {
      // With nothing to compute, a sequence can only wait for a transfer.
      if (scheduler.hasWork) expect(scheduler.nextTransfer).toBeDefined();
      return eventLoopTurn();
    }
    const full: Sequence[] = [];
    await eventLoopTurn(); // blocks loaded now must not change the step
    const chosen = machine.step(planned, (id) => id);
    await eventLoopTurn();
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
      for (let turns = 0; turns < 50; turns++) await eventLoopTurn();
      checkInvariants(cache);
    },
  };
}

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

test('the cache report of a fork covers only its prompt, even if tokens of the answer are loaded too', async () => {
  const setup = setUp(8, 4);
  const parent = setup.start(range(0, 6), 20);
  while (parent.length < 18) await setup.step();
  const fork = new Sequence(8, { prompt: range(0, 6), capacity: 20, arrivedAt: 8 });
  setup.scheduler.fork(parent, fork);
  setup.scheduler.finish(parent);
  const first = new Sequence(9, { prompt: range(100, 30), capacity: 32, arrivedAt: 0 });
  for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate); // the blocks of the parent are stored
  setup.scheduler.submit(first); // fills the memory
  await setup.settle();
  expect(setup.store.loads).toBe(4); // 16 of the 18 tokens of the fork
  expect(fork.cachedTokens).toBe(6);
  expect(fork.report).toEqual({ runningTokens: 0, memoryTokens: 0, diskTokens: 6 });
});

test('no miss is reported for a fork whose whole prompt is cached, even if tokens of the answer are missing', async () => {
  const setup = setUp(8, 4, { faults: { delay: () => 1, shouldFail: () => true } }); // a store that fails to store and load
  const parent = setup.start(range(0, 9), 24);
  while (parent.length < 18) await setup.step();
  const fork = new Sequence(8, { prompt: range(0, 9), capacity: 20, arrivedAt: 8 });
  setup.scheduler.fork(parent, fork);
  setup.scheduler.finish(parent);
  for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate);
  setup.scheduler.submit(new Sequence(9, { prompt: range(100, 18), capacity: 20, arrivedAt: 0 })); // evicts the end of the text
  await setup.settle();
  expect(fork.cachedTokens).toBeGreaterThanOrEqual(8);
  expect(fork.cachedTokens).toBeLessThan(17);
  expect(fork.report?.miss).toBeUndefined();
});

test('blocks that will be loaded are first marked as used, so that the store does not evict them', async () => {
  const earlier = setUp(8, 4);
  earlier.start(range(0, 18), 20);
  await earlier.settle();
  const setup = setUp(8, 4, { earlierStores: earlier.stores });
  const touched: string[] = [];
  setup.store.touch = (key: string): void => {
    touched.push(key);
  };
  setup.start(range(0, 18), 20);
  setup.scheduler.plan(16);
  const keys = [...setup.store.stored.keys()].sort((a, b) => b.length - a.length);
  expect(touched).toEqual(keys.slice(-4)); // the end of the text first
  await setup.settle();
});

test('a sequence is matched again after a block of its window fails to load', async () => {
  const retentions: KvKeeps[] = [{ window: 4 }];
  const earlier = setUp(12, 4, { retentions });
  earlier.start(range(0, 42), 44);
  await earlier.settle();
  expect(earlier.store.stored.size).toBe(10);
  const setup = setUp(12, 4, { retentions, earlierStores: earlier.stores });
  const [lastKey] = [...setup.store.stored.keys()].sort((a, b) => b.length - a.length);
  const load = setup.store.load.bind(setup.store);
  setup.store.load = async (key, block) => {
    if (key !== lastKey) return load(key, block);
    setup.store.stored.delete(key); // as for a damaged block
    return false;
  };
  const repeated = setup.start(range(0, 42), 44);
  await setup.settle();
  expect(repeated.report).toEqual({ runningTokens: 0, memoryTokens: 0, diskTokens: 36, firstDifference: 36 });
});

test('a sequence is restored at most twice from a store whose loads fail', async () => {
  const retentions: KvKeeps[] = ['all', { window: 4 }];
  const earlier = setUp(12, 4, { retentions });
  earlier.start(range(0, 42), 44);
  await earlier.settle();
  const faults = { delay: () => 1, shouldFail: () => true };
  const setup = setUp(12, 4, { retentions, earlierStores: earlier.stores, faults });
  const repeated = setup.start(range(0, 42), 44);
  await setup.settle();
  expect(setup.store.loads).toBe(20); // twice ten blocks
  expect([repeated.cachedTokens, repeated.computedTokens]).toEqual([0, 43]);
});

test('evicted blocks are loaded from the store, and only tokens outside these blocks are computed', async () => {
  const setup = setUp(8, 4);
  const first = setup.start(range(0, 18), 20);
  await setup.settle();
  expect(first.computedTokens).toBe(19);
  setup.start(range(100, 30), 32); // fills the memory
  await setup.settle();
  const repeated = setup.start(range(0, 18), 20);
  await setup.settle();
  expect(repeated.report).toEqual({ runningTokens: 0, memoryTokens: 0, diskTokens: 16, firstDifference: 16 });
  expect([repeated.cachedTokens, repeated.computedTokens]).toEqual([16, 3]);
});

test('a later process finds the stored blocks', async () => {
  const earlier = setUp(8, 4);
  earlier.start(range(0, 18), 20);
  await earlier.settle();
  const later = setUp(8, 4, { earlierStores: earlier.stores });
  const sequence = later.start(range(0, 18), 20);
  await later.settle();
  expect(sequence.report).toMatchObject({ memoryTokens: 0, diskTokens: 16 });
});

test('other sequences run while a sequence is restored', async () => {
  const earlier = setUp(8, 4);
  earlier.start(range(0, 18), 20);
  await earlier.settle();
  const setup = setUp(16, 4, {
    faults: { delay: () => 30, shouldFail: () => false },
    earlierStores: earlier.stores,
  });
  const restored = setup.start(range(0, 18), 20);
  const other = setup.start(range(50, 5), 8);
  while (other.state !== 'finished') await setup.step();
  expect(restored.state).toBe('restoring');
  await setup.settle();
  expect(restored.cachedTokens).toBe(16);
});

test('the tokens of a block that cannot be loaded, and all tokens after it, are computed', async () => {
  const earlier = setUp(8, 4);
  earlier.start(range(0, 18), 20);
  await earlier.settle();
  let reads = 0;
  const faults = { delay: () => 1, shouldFail: () => ++reads === 3 };
  const setup = setUp(8, 4, { faults, earlierStores: earlier.stores });
  const sequence = setup.start(range(0, 18), 20);
  await setup.settle();
  expect(sequence.report).toMatchObject({ diskTokens: 8, firstDifference: 8 });
  expect(sequence.computedTokens).toBe(10 + 1);
});

test('a sequence that is cancelled during its restore releases all blocks', async () => {
  const earlier = setUp(8, 4);
  earlier.start(range(0, 18), 20);
  await earlier.settle();
  const setup = setUp(8, 4, {
    faults: { delay: () => 10, shouldFail: () => false },
    earlierStores: earlier.stores,
  });
  const sequence = setup.start(range(0, 18), 20);
  await setup.step();
  expect(sequence.state).toBe('restoring');
  setup.scheduler.finish(sequence);
  expect(setup.scheduler.hasWork).toBe(false);
  expect(availableBlockCount(setup.cache)).toBe(4); // the other blocks stay pinned until they are loaded
  await setup.settle();
  expect(availableBlockCount(setup.cache)).toBe(8);
});

describe('a store that is busy', () => {
  test('pins no blocks, and later stores the blocks that were not evicted', async () => {
    const setup = setUp(8, 4);
    let endBusy = (): void => {};
    setup.store.busy = new Promise((resolve) => {
      endBusy = () => {
        setup.store.busy = undefined;
        resolve();
      };
    });
    setup.start(range(0, 18), 20);
    await setup.settle();
    expect([availableBlockCount(setup.cache), setup.store.stored.size]).toEqual([8, 0]);
    setup.start(range(100, 22), 24); // uses the free blocks and evicts the last blocks of the first text
    await setup.settle();
    endBusy();
    await setup.settle();
    expect([...setup.store.stored.keys()].filter((key) => key.includes('/0,1,2,3'))).toHaveLength(2);
    expect(setup.store.stored.size).toBe(2 + 5);
  });

  test('does not cause preemptions', async () => {
    const setup = setUp(16, 1, { faults: { delay: () => 10, shouldFail: () => false } });
    setup.start(range(0, 10), 11);
    while (setup.scheduler.hasWork) await setup.step();
    const [first, second] = [setup.start(range(100, 6), 12), setup.start(range(200, 3), 4)];
    await setup.settle();
    expect([first.preemptions, second.preemptions]).toEqual([0, 0]);
  });
});

describe('KvOffload.flush', () => {
  test('stores every full block, even if transfers are in progress when it is called', async () => {
    const setup = setUp(16, 4, { faults: { delay: () => 5, shouldFail: () => false } });
    setup.start(range(0, 30), 31);
    while (setup.scheduler.hasWork) await setup.step();
    await setup.cache.offload!.flush();
    expect(setup.store.stored.size).toBe(7);
  });

  test('stores as many blocks as the store has capacity for: recent texts and their beginnings first', async () => {
    const setup = setUp(16, 4);
    setup.store.busy = new Promise(() => {});
    for (const first of [0, 100, 200]) {
      setup.start(range(first, 14), 15);
      await setup.settle();
    }
    setup.store.busy = undefined;
    setup.store.capacity = 7;
    await setup.cache.offload!.flush();
    const blocksOf = (first: number): number =>
      [...setup.store.stored.keys()].filter((key) => key.includes(`/${first},`)).length;
    expect([blocksOf(200), blocksOf(100), blocksOf(0)]).toEqual([3, 3, 1]);
    expect(availableBlockCount(setup.cache)).toBe(16);
  });
});

describe('random sequences with a store that delays or fails transfers', () => {
  test('have the correct tokens, and all blocks are available at the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const random = randomNumbers(seed);
        const failureRate = random() < 0.5 ? 0 : 0.3;
        const faults = { delay: () => randomInteger(random, 6), shouldFail: () => random() < failureRate };
        const setup = setUp(6 + randomInteger(random, 12), 1 + randomInteger(random, 4), {
          faults,
          retentions: randomRetentions(random),
        });
        const { maxLength } = setup.cache;
        const sequences: Sequence[] = [];
        for (let i = 0; i < 60; i++) {
          const length = 1 + randomInteger(random, Math.min(maxLength - 2, 14));
          const prompt = Array.from({ length }, () => randomInteger(random, 2));
          sequences.push(setup.start(prompt, Math.min(maxLength, length + 1 + randomInteger(random, 6))));
          for (let steps = randomInteger(random, 4); steps > 0; steps--)
            await setup.step(1 + randomInteger(random, 9));
          const sequence = sequences[randomInteger(random, sequences.length)]!;
          if (random() < 0.15) setup.scheduler.finish(sequence);
          else if (random() < 0.1) setup.scheduler.preempt(sequence);
        }
        await setup.settle();
        for (const usage of setup.cache.usage())
          expect(usage).toMatchObject({ reservedTokens: 0, usedTokens: 0 });
        for (const { pool } of setup.cache.groupBlocks) expect(pool.availableCount).toBe(pool.size);
        for (const { id, tokens, promptLength } of sequences) {
          for (let i = promptLength; i < tokens.length; i++) {
            expect(tokens[i]).toBe(SimulatedExecutable.nextToken(tokens.subarray(0, i), id));
          }
        }
      }),
      { numRuns: process.env.QUIRE_FULL === '1' ? 400 : 15 },
    );
  }, 600_000);
});
