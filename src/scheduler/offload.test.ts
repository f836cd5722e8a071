// The scheduler with an offload store behind the cache: slow, failing, and outliving the memory.

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
  /** of each layer group */
  readonly stores: readonly SimulatedStore[];
  /** store of the first group */
  readonly store: SimulatedStore;
  start(prompt: readonly number[], capacity: number): Sequence;
  /** Runs a step, or yields to the event loop when there is nothing to do. */
  step(budget?: number): Promise<void>;
  /** Runs until no work and no transfer is left. */
  settle(): Promise<void>;
}

interface SetupOptions {
  readonly faults?: StoreFaults;
  /** contents of earlier stores, by group */
  readonly kept?: readonly SimulatedStore[];
  readonly keeps?: readonly KvKeeps[];
}

function setUp(
  blocks: number,
  blockSize: number,
  { faults, kept, keeps = ONE_GROUP }: SetupOptions = {},
): Setup {
  const machine = new SimulatedExecutable(blocks, blockSize, keeps);
  const stores = machine.groups.map((memory) => new SimulatedStore(memory, faults));
  for (const [group, store] of stores.entries()) {
    for (const [key, content] of kept?.[group]?.stored ?? []) store.stored.set(key, content);
  }
  const cache = createPagedCache({
    groups: groupsOf(keeps, blocks).map((group, i) => ({ ...group, store: stores[i] })),
    blockSize,
    contextLength: blocks * blockSize,
    maxRunning: 4,
  });
  const scheduler = new Scheduler(cache, { maxRunning: 4, maxRows: 8, events: cache.events });
  let id = 0;
  const yieldOnce = (): Promise<void> => new Promise(setImmediate);
  const step = async (budget = 16): Promise<void> => {
    const planned = scheduler.plan(budget);
    if (planned === undefined) {
      // A sequence may only wait for a transfer in progress.
      if (scheduler.hasWork) expect(scheduler.nextTransfer).toBeDefined();
      return yieldOnce();
    }
    const full: Sequence[] = [];
    await yieldOnce(); // blocks loaded in the meantime must not affect the step
    const chosen = machine.step(planned, (one) => one);
    await yieldOnce();
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
      for (let yields = 0; scheduler.hasWork; yields++) {
        if (yields > 20_000) throw new Error('no progress');
        await step();
      }
      for (let yields = 0; yields < 50; yields++) await yieldOnce();
      checkInvariants(cache);
    },
  };
}

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

test('the report of a fork released from its parent covers its prompt only, though more is loaded', async () => {
  const setup = setUp(8, 4);
  const parent = setup.start(range(0, 6), 20);
  while (parent.length < 18) await setup.step();
  const fork = new Sequence(8, { prompt: range(0, 6), capacity: 20, arrivedAt: 8 });
  setup.scheduler.fork(parent, fork);
  setup.scheduler.finish(parent);
  const first = new Sequence(9, { prompt: range(100, 30), capacity: 32, arrivedAt: 0 });
  for (let yields = 0; yields < 20; yields++) await new Promise(setImmediate); // the store receives the blocks of the parent
  setup.scheduler.submit(first); // uses all memory
  await setup.settle();
  expect(setup.store.loads).toBe(4); // 16 of its 18 tokens
  expect(fork.cachedTokens).toBe(6);
  expect(fork.report).toEqual({ runningTokens: 0, memoryTokens: 0, diskTokens: 6 });
});

test('no miss is reported for a prompt that was found, even if tokens of its answer are missing', async () => {
  const setup = setUp(8, 4, { faults: { delay: () => 1, shouldFail: () => true } }); // a store that loses everything
  const parent = setup.start(range(0, 9), 24);
  while (parent.length < 18) await setup.step();
  const fork = new Sequence(8, { prompt: range(0, 9), capacity: 20, arrivedAt: 8 });
  setup.scheduler.fork(parent, fork);
  setup.scheduler.finish(parent);
  for (let yields = 0; yields < 20; yields++) await new Promise(setImmediate);
  setup.scheduler.submit(new Sequence(9, { prompt: range(100, 18), capacity: 20, arrivedAt: 0 })); // evicts the end
  await setup.settle();
  expect(fork.cachedTokens).toBeGreaterThanOrEqual(8);
  expect(fork.cachedTokens).toBeLessThan(17);
  expect(fork.report?.miss).toBeUndefined();
});

test('blocks to be loaded are marked as used, so that they are not evicted from the store', async () => {
  const before = setUp(8, 4);
  before.start(range(0, 18), 20);
  await before.settle();
  const setup = setUp(8, 4, { kept: before.stores });
  const used: string[] = [];
  setup.store.touch = (key: string): void => {
    used.push(key);
  };
  setup.start(range(0, 18), 20);
  setup.scheduler.plan(16);
  const keys = [...setup.store.stored.keys()].sort((a, b) => b.length - a.length);
  expect(used).toEqual(keys.slice(-4)); // the end of the text first
  await setup.settle();
});

test('after a block of a window fails to load, memory and store are searched again', async () => {
  const keeps: KvKeeps[] = [{ window: 4 }];
  const before = setUp(12, 4, { keeps });
  before.start(range(0, 42), 44);
  await before.settle();
  expect(before.store.stored.size).toBe(10);
  const setup = setUp(12, 4, { keeps, kept: before.stores });
  const [last] = [...setup.store.stored.keys()].sort((a, b) => b.length - a.length);
  const load = setup.store.load.bind(setup.store);
  setup.store.load = async (key, block) => {
    if (key !== last) return load(key, block);
    setup.store.stored.delete(key); // as if it were damaged
    return false;
  };
  const again = setup.start(range(0, 42), 44);
  await setup.settle();
  expect(again.report).toEqual({ runningTokens: 0, memoryTokens: 0, diskTokens: 36, firstDifference: 36 });
});

test('a store whose loads always fail is tried twice', async () => {
  const keeps: KvKeeps[] = ['all', { window: 4 }];
  const before = setUp(12, 4, { keeps });
  before.start(range(0, 42), 44);
  await before.settle();
  const faults = { delay: () => 1, shouldFail: () => true };
  const setup = setUp(12, 4, { keeps, kept: before.stores, faults });
  const again = setup.start(range(0, 42), 44);
  await setup.settle();
  expect(setup.store.loads).toBe(20); // ten blocks
  expect([again.cachedTokens, again.computedTokens]).toEqual([0, 43]);
});

test('evicted blocks are loaded from the store, and only the rest is computed', async () => {
  const setup = setUp(8, 4);
  const first = setup.start(range(0, 18), 20);
  await setup.settle();
  expect(first.computedTokens).toBe(19);
  setup.start(range(100, 30), 32); // takes all the memory
  await setup.settle();
  const again = setup.start(range(0, 18), 20);
  await setup.settle();
  expect(again.report).toEqual({ runningTokens: 0, memoryTokens: 0, diskTokens: 16, firstDifference: 16 });
  expect([again.cachedTokens, again.computedTokens]).toEqual([16, 3]);
});

test('another process finds stored blocks under the same salt', async () => {
  const before = setUp(8, 4);
  before.start(range(0, 18), 20);
  await before.settle();
  const after = setUp(8, 4, { kept: before.stores });
  const sequence = after.start(range(0, 18), 20);
  await after.settle();
  expect(sequence.report).toMatchObject({ memoryTokens: 0, diskTokens: 16 });
});

test('other sequences run while one is restored', async () => {
  const before = setUp(8, 4);
  before.start(range(0, 18), 20);
  await before.settle();
  const setup = setUp(16, 4, { faults: { delay: () => 30, shouldFail: () => false }, kept: before.stores });
  const waiting = setup.start(range(0, 18), 20);
  const other = setup.start(range(50, 5), 8);
  while (other.state !== 'finished') await setup.step();
  expect(waiting.state).toBe('restoring');
  await setup.settle();
  expect(waiting.cachedTokens).toBe(16);
});

test('from a block that cannot be loaded on, tokens are computed', async () => {
  const before = setUp(8, 4);
  before.start(range(0, 18), 20);
  await before.settle();
  let reads = 0;
  const faults = { delay: () => 1, shouldFail: () => ++reads === 3 };
  const setup = setUp(8, 4, { faults, kept: before.stores });
  const sequence = setup.start(range(0, 18), 20);
  await setup.settle();
  expect(sequence.report).toMatchObject({ diskTokens: 8, firstDifference: 8 });
  expect(sequence.computedTokens).toBe(10 + 1);
});

test('a sequence cancelled during a restore releases all blocks', async () => {
  const before = setUp(8, 4);
  before.start(range(0, 18), 20);
  await before.settle();
  const setup = setUp(8, 4, { faults: { delay: () => 10, shouldFail: () => false }, kept: before.stores });
  const sequence = setup.start(range(0, 18), 20);
  await setup.step();
  expect(sequence.state).toBe('restoring');
  setup.scheduler.finish(sequence);
  expect(setup.scheduler.hasWork).toBe(false);
  expect(availableBlockCount(setup.cache)).toBe(4); // the other blocks are pinned
  await setup.settle();
  expect(availableBlockCount(setup.cache)).toBe(8);
});

describe('a busy store', () => {
  test('pins no blocks, and later stores those that were not evicted', async () => {
    const setup = setUp(8, 4);
    let free = (): void => {};
    setup.store.busy = new Promise((resolve) => {
      free = () => {
        setup.store.busy = undefined;
        resolve();
      };
    });
    setup.start(range(0, 18), 20);
    await setup.settle();
    expect([availableBlockCount(setup.cache), setup.store.stored.size]).toEqual([8, 0]);
    setup.start(range(100, 22), 24); // uses the free blocks and evicts the last blocks of the first text
    await setup.settle();
    free();
    await setup.settle();
    expect([...setup.store.stored.keys()].filter((key) => key.includes('/0,1,2,3'))).toHaveLength(2);
    expect(setup.store.stored.size).toBe(2 + 5);
  });

  test('does not cause preemptions', async () => {
    const setup = setUp(16, 1, { faults: { delay: () => 10, shouldFail: () => false } });
    setup.start(range(0, 10), 11);
    while (setup.scheduler.hasWork) await setup.step();
    const [one, two] = [setup.start(range(100, 6), 12), setup.start(range(200, 3), 4)];
    await setup.settle();
    expect([one.preemptions, two.preemptions]).toEqual([0, 0]);
  });
});

describe('flush', () => {
  test('stores every block although transfers are in progress', async () => {
    const setup = setUp(16, 4, { faults: { delay: () => 5, shouldFail: () => false } });
    setup.start(range(0, 30), 31);
    while (setup.scheduler.hasWork) await setup.step();
    await setup.cache.offload!.flush();
    expect(setup.store.stored.size).toBe(7);
  });

  test('stores blocks that are only in memory up to the capacity, beginnings first', async () => {
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

describe('under random load, delays and failures', () => {
  test('every sequence has the correct tokens, and all blocks are available at the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const random = randomNumbers(seed);
        const fails = random() < 0.5 ? 0 : 0.3;
        const faults = { delay: () => randomInteger(random, 6), shouldFail: () => random() < fails };
        const setup = setUp(6 + randomInteger(random, 12), 1 + randomInteger(random, 4), {
          faults,
          keeps: randomRetentions(random),
        });
        const { maxLength } = setup.cache;
        const open: Sequence[] = [];
        for (let i = 0; i < 60; i++) {
          const length = 1 + randomInteger(random, Math.min(maxLength - 2, 14));
          const prompt = Array.from({ length }, () => randomInteger(random, 2));
          open.push(setup.start(prompt, Math.min(maxLength, length + 1 + randomInteger(random, 6))));
          for (let steps = randomInteger(random, 4); steps > 0; steps--)
            await setup.step(1 + randomInteger(random, 9));
          const one = open[randomInteger(random, open.length)]!;
          if (random() < 0.15) setup.scheduler.finish(one);
          else if (random() < 0.1) setup.scheduler.preempt(one);
        }
        await setup.settle();
        for (const usage of setup.cache.usage())
          expect(usage).toMatchObject({ reservedTokens: 0, usedTokens: 0 });
        for (const { pool } of setup.cache.groupBlocks) expect(pool.availableCount).toBe(pool.size);
        for (const { id, tokens, promptLength } of open) {
          for (let i = promptLength; i < tokens.length; i++) {
            expect(tokens[i]).toBe(SimulatedExecutable.nextToken(tokens.subarray(0, i), id));
          }
        }
      }),
      { numRuns: process.env.QUIRE_FULL === '1' ? 400 : 15 },
    );
  }, 600_000);
});
