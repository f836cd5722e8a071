import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomNumbers, wholeBelow } from '../../tests/support/random.ts';
import { SimulatedExecutable } from '../../tests/support/simulated-executable.ts';
import type { CachePolicy } from '../base/completer.ts';
import { BlockPool } from '../kv/block-pool.ts';
import { CACHE_POLICIES, createCache } from '../kv/create-cache.ts';
import { PagedCache } from '../kv/paged-cache.ts';
import { Scheduler } from './scheduler.ts';
import { Sequence } from './sequence.ts';

const LIMITS = { maxRunning: 16, kvGroups: 1 };
const paged = (blocks: number, blockSize: number): Scheduler =>
  new Scheduler(new PagedCache(new BlockPool(blocks), blockSize), LIMITS);

test('a step is laid out as the example of base/step-plan.ts', () => {
  const scheduler = paged(10, 2);
  const a = new Sequence(0, [10, 11], 8);
  scheduler.submit(a);
  for (const token of [12, 13]) scheduler.accept(scheduler.plan(8)!, Int32Array.of(token));
  const b = new Sequence(1, [20, 21, 22], 8); // a has computed 3 tokens and brings 1
  scheduler.submit(b);
  const { plan, choosing } = scheduler.plan(8)!;
  const blocks = [...a.cached!.blocks, ...b.cached!.blocks];
  expect(plan).toEqual({
    tokens: Int32Array.of(13, 20, 21, 22),
    positions: Int32Array.of(3, 0, 1, 2),
    queryStart: Int32Array.of(0, 1, 4),
    contextLength: Int32Array.of(4, 3),
    maxBlocks: 2,
    blockTable: [Int32Array.from(blocks)],
    copies: new Int32Array(0),
    logitsRows: Int32Array.of(0, 3),
  });
  expect(new Set(blocks).size).toBe(4);
  expect(choosing).toEqual([a, b]);
});

test('a prompt that is not through chooses no token', () => {
  const scheduler = paged(10, 2);
  scheduler.submit(new Sequence(0, [1, 2, 3, 4, 5], 8));
  const step = scheduler.plan(3)!;
  expect(step.choosing).toEqual([]);
  expect([...step.plan.logitsRows]).toEqual([]);
  expect([...step.plan.tokens]).toEqual([1, 2, 3]);
  scheduler.accept(step, new Int32Array(0));
  expect(scheduler.plan(3)!.plan).toMatchObject({
    tokens: Int32Array.of(4, 5),
    positions: Int32Array.of(3, 4),
    logitsRows: Int32Array.of(1),
  });
});

test('block tables are filled up with zeros, one for each group of layers', () => {
  const cache = new PagedCache(new BlockPool(10), 2);
  const scheduler = new Scheduler(cache, { maxRunning: 4, kvGroups: 2 });
  scheduler.submit(new Sequence(0, [1], 2));
  scheduler.submit(new Sequence(1, [1, 2, 3, 4, 5], 6));
  const { maxBlocks, blockTable } = scheduler.plan(8)!.plan;
  expect(maxBlocks).toBe(3);
  expect(blockTable).toHaveLength(2);
  expect([...blockTable[0]!.slice(1, 3)]).toEqual([0, 0]);
  expect(blockTable[1]).toEqual(blockTable[0]);
});

describe('admission', () => {
  test('waits for room, in order of arrival, and resumes when somebody ends', () => {
    const scheduler = paged(4, 2);
    const [first, long, short] = [
      new Sequence(0, [1], 6),
      new Sequence(1, [2], 8),
      new Sequence(2, [3], 2),
    ] as const;
    for (const sequence of [first, long, short]) scheduler.submit(sequence);
    const step = scheduler.plan(8)!;
    expect(step.work.map(({ sequence }) => sequence)).toEqual([first]);
    expect([first.state, long.state, short.state]).toEqual(['running', 'waiting', 'waiting']);
    expect([scheduler.runningCount, scheduler.waitingCount]).toEqual([1, 2]);
    scheduler.accept(step, Int32Array.of(9));
    scheduler.finish(first);
    expect(scheduler.plan(8)!.work.map(({ sequence }) => sequence)).toEqual([long]);
    scheduler.finish(long);
    expect(scheduler.plan(8)!.work.map(({ sequence }) => sequence)).toEqual([short]);
  });

  test('runs no more sequences than its limit', () => {
    const scheduler = new Scheduler(new PagedCache(new BlockPool(50), 2), { maxRunning: 2, kvGroups: 1 });
    for (let id = 0; id < 3; id++) scheduler.submit(new Sequence(id, [id], 4));
    expect(scheduler.plan(8)!.work).toHaveLength(2);
    expect(scheduler.waitingCount).toBe(1);
  });

  test('refuses what could never be admitted, with both numbers', () => {
    expect(() => paged(4, 2).submit(new Sequence(0, [1], 9))).toThrow(
      expect.objectContaining({
        code: 'kv_memory_too_small',
        message: expect.stringMatching(/\b9\b.*\b8\b/),
      }),
    );
  });
});

describe('finish', () => {
  test('takes a waiting sequence out of the queue', () => {
    const scheduler = paged(4, 2);
    const sequence = new Sequence(0, [1], 4);
    scheduler.submit(sequence);
    scheduler.finish(sequence);
    expect(sequence.state).toBe('finished');
    expect([scheduler.hasWork, scheduler.plan(8)]).toEqual([false, undefined]);
  });

  test('frees a running one, and what it computed is found', () => {
    const scheduler = paged(4, 2);
    const sequence = new Sequence(0, [1, 2, 3, 4, 5], 8);
    scheduler.submit(sequence);
    scheduler.accept(scheduler.plan(3)!, new Int32Array(0));
    scheduler.finish(sequence);
    scheduler.finish(sequence); // once is enough
    expect([sequence.cached, sequence.computedTokens, scheduler.hasWork]).toEqual([undefined, 3, false]);
    const again = new Sequence(1, [1, 2, 3, 4, 5], 8);
    scheduler.submit(again);
    expect([...scheduler.plan(8)!.plan.tokens]).toEqual([4, 5]);
    expect(again.cachedTokens).toBe(3);
  });

  test('between plan and accept leaves the others what was chosen for them', () => {
    const scheduler = paged(20, 2);
    const [gone, stays] = [new Sequence(0, [1], 4), new Sequence(1, [2], 4)] as const;
    scheduler.submit(gone);
    scheduler.submit(stays);
    const step = scheduler.plan(8)!;
    scheduler.finish(gone);
    scheduler.accept(step, Int32Array.of(7, 8));
    expect([...stays.tokens]).toEqual([2, 8]);
    expect([...gone.tokens]).toEqual([1]);
  });
});

describe.each(CACHE_POLICIES)('with cache %s, against a simulated executable', (policy) => {
  test('2,000 random requests give what each would give alone, and count what they computed', () => {
    const served = serve(policy, 2000, 1);
    expect(served).toBe(2000);
  });

  test('in pools, blocks and budgets of any size', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(serve(policy, 40, seed)).toBe(40);
      }),
      { numRuns: 25 },
    );
  });
});

interface Request {
  readonly sequence: Sequence;
  readonly expected: readonly number[];
}

/** Serves requests that come in bursts, some of them cancelled on the way. @returns how many ended */
function serve(policy: CachePolicy, count: number, seed: number): number {
  const random = randomNumbers(seed);
  const contextLength = 24;
  const blockSize = 1 + wholeBelow(random, 8);
  const blocks = Math.ceil(contextLength / blockSize) * (1 + wholeBelow(random, 6));
  const maxRunning = 1 + wholeBelow(random, 8);
  const scheduler = new Scheduler(createCache(policy, { blocks, blockSize, contextLength }), {
    maxRunning,
    kvGroups: 1,
  });
  const executable = new SimulatedExecutable(blocks, blockSize);
  const open = new Set<Request>();
  let submitted = 0;
  let ended = 0;
  let steps = 0;
  const end = (request: Request): void => {
    scheduler.finish(request.sequence);
    open.delete(request);
    ended++;
  };
  while (ended < count) {
    for (let burst = wholeBelow(random, 4); burst > 0 && submitted < count; burst--) {
      const request = randomRequest(submitted++, contextLength, random);
      scheduler.submit(request.sequence);
      open.add(request);
    }
    const step = scheduler.plan(1 + wholeBelow(random, 20));
    if (++steps > 100 * count) throw new Error(`${ended} of ${count} ended, the others make no progress`);
    if (step === undefined) continue;
    scheduler.accept(step, executable.step(step.plan));
    for (const request of [...open]) {
      const { sequence, expected } = request;
      if (sequence.length === sequence.capacity) {
        expect([...sequence.tokens.subarray(sequence.promptLength)]).toEqual(expected);
        expect(sequence.computedTokens).toBe(computedBy(policy, sequence));
        end(request);
      } else if (random() < 0.01) end(request); // cancelled, waiting or running
    }
  }
  expect(scheduler.hasWork).toBe(false);
  return ended;
}

function randomRequest(id: number, contextLength: number, random: () => number): Request {
  const prompt = Array.from({ length: 1 + wholeBelow(random, contextLength - 8) }, () =>
    wholeBelow(random, 2),
  );
  const capacity = prompt.length + 1 + wholeBelow(random, 8);
  const tokens = [...prompt];
  while (tokens.length < capacity) tokens.push(SimulatedExecutable.next(tokens));
  return { sequence: new Sequence(id, prompt, capacity), expected: tokens.slice(prompt.length) };
}

function computedBy(policy: CachePolicy, { promptLength, capacity, cachedTokens }: Sequence): number {
  const generated = capacity - promptLength;
  if (policy !== 'none') return promptLength - cachedTokens + generated - 1;
  return Array.from({ length: generated }, (_, i) => promptLength + i).reduce(
    (sum, length) => sum + length,
    0,
  );
}
