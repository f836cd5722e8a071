import { describe, expect, test } from 'vitest';
import { checkInvariants } from '../../tests/support/kv/cache-invariants.ts';
import { availableBlockCount, groupsOf, ONE_GROUP } from '../../tests/support/kv/cache-shapes.ts';
import { SimulatedExecutable } from '../../tests/support/kv/simulated-executable.ts';
import { createPagedCache } from '../kv/create-cache.ts';
import type { PagedCache } from '../kv/paged-cache.ts';
import { priorityWithAgeing } from './policies.ts';
import { Scheduler, type SchedulerLimits } from './scheduler.ts';
import { Sequence, type SequenceOptions } from './sequence.ts';

const LIMITS = { maxRunning: 64, maxRows: 128 };

interface Setup {
  readonly cache: PagedCache;
  readonly scheduler: Scheduler;
  /** Plans, runs and accepts a step; full sequences end. Returns the sequences of the step. */
  step(budget: number): Sequence[];
  start(prompt: readonly number[], capacity: number, options?: Partial<SequenceOptions>): Sequence;
}

function setUp(
  blocks: number,
  blockSize: number,
  limits: Partial<SchedulerLimits> = {},
  keeps = ONE_GROUP,
): Setup {
  const all = { ...LIMITS, ...limits };
  const { maxRunning } = all;
  const groups = groupsOf(keeps, blocks);
  const cache = createPagedCache({ groups, blockSize, contextLength: blocks * blockSize, maxRunning });
  const scheduler = new Scheduler(cache, { ...all, events: cache.events });
  const machine = new SimulatedExecutable(blocks, blockSize, keeps);
  let id = 0;
  return {
    cache,
    scheduler,
    start(prompt, capacity, options) {
      const sequence = new Sequence(id++, { prompt, capacity, arrivedAt: id, ...options });
      scheduler.submit(sequence);
      return sequence;
    },
    step(budget) {
      const step = scheduler.plan(budget);
      if (step === undefined) return [];
      const ended: Sequence[] = [];
      scheduler.accept(step, machine.step(step), (sequence) => {
        const full = sequence.length === sequence.capacity;
        if (full) ended.push(sequence);
        return full;
      });
      for (const sequence of ended) scheduler.finish(sequence);
      checkInvariants(cache);
      return step.work.map(({ sequence }) => sequence);
    },
  };
}

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

test('a step plan equals the example in base/step-plan.ts', () => {
  const { scheduler, start } = setUp(10, 2);
  const take = (): boolean => false;
  const a = start([10, 11], 8);
  for (const token of [12, 13]) {
    const step = scheduler.plan(8)!;
    scheduler.accept(step, { selected: Int32Array.of(token), outcomes: ['chosen'] }, take);
  }
  const b = start([20, 21, 22], 8); // a has computed 3 tokens and adds 1
  const { plan, rows } = scheduler.plan(8)!;
  const blocks = [a, b].flatMap(({ kv }) => [...kv!.tables[0]!.blocks.subarray(0, 2)]);
  expect(plan).toEqual({
    tokens: Int32Array.of(13, 20, 21, 22),
    positions: Int32Array.of(3, 0, 1, 2),
    queryStart: Int32Array.of(0, 1, 4),
    contextLength: Int32Array.of(4, 3),
    maxBlocks: 2,
    blockTable: [Int32Array.from(blocks)],
    copies: [new Int32Array(0)],
    logitsRows: Int32Array.of(0, 3),
  });
  expect(new Set(blocks).size).toBe(4);
  expect(rows.map(({ sequence }) => sequence)).toEqual([a, b]);
});

test('an unfinished prompt selects no token', () => {
  const { scheduler, start } = setUp(10, 2);
  start([1, 2, 3, 4, 5], 8);
  const step = scheduler.plan(3)!;
  expect(step.rows).toEqual([]);
  expect([...step.plan.tokens]).toEqual([1, 2, 3]);
  scheduler.accept(step, { selected: new Int32Array(0), outcomes: [] }, () => false);
  expect(scheduler.plan(3)!.plan).toMatchObject({
    tokens: Int32Array.of(4, 5),
    positions: Int32Array.of(3, 4),
    logitsRows: Int32Array.of(1),
  });
});

test('block tables, one per layer group, are padded with zeros', () => {
  const { scheduler, start } = setUp(10, 2, {}, ['all', { window: 4 }]);
  start([1], 2);
  start([1, 2, 3, 4, 5], 6, { salt: 'another' });
  const { maxBlocks, blockTable } = scheduler.plan(8)!.plan;
  expect(maxBlocks).toBe(3);
  expect(blockTable).toHaveLength(2);
  expect([...blockTable[0]!.slice(1, 3)]).toEqual([0, 0]);
  expect(blockTable[1]).toEqual(blockTable[0]);
});

describe('admission', () => {
  test('waits for free blocks, in order of arrival, until a sequence ends', () => {
    const { scheduler, step, start } = setUp(4, 2);
    const [first, long, short] = [start([1, 1, 1], 4), start([2, 2, 2, 2], 6), start([3], 2)];
    expect(step(8)).toEqual([first]); // 2 of 4 blocks, and one to grow: not enough for the long prompt
    expect([first.state, long.state, short.state]).toEqual(['finished', 'waiting', 'waiting']);
    expect([scheduler.runningCount, scheduler.waitingCount]).toEqual([0, 2]);
    expect(step(8)).toEqual([long]);
  });

  test('runs at most maxRunning sequences', () => {
    const { scheduler, step, start } = setUp(50, 2, { maxRunning: 2 });
    for (let id = 0; id < 3; id++) start([id], 4);
    expect(step(8)).toHaveLength(2);
    expect(scheduler.waitingCount).toBe(1);
  });

  test('rejects a prompt that can never fit, with both lengths', () => {
    expect(() => setUp(4, 2).start([1], 9)).toThrow(
      expect.objectContaining({
        code: 'kv_memory_too_small',
        message: expect.stringMatching(/\b9\b.*\b8\b/),
      }),
    );
  });

  test('fails at once with busy when the queue is full, without side effects', () => {
    const { scheduler, start } = setUp(50, 2, { maxRunning: 2, maxWaiting: 1 });
    for (let id = 0; id < 3; id++) start([id], 4);
    expect(() => start([9], 4)).toThrow(expect.objectContaining({ code: 'busy' }));
    expect(scheduler.waitingCount).toBe(3);
  });

  test('follows priority and waiting time under the priority policy', () => {
    const rank = priorityWithAgeing(1000);
    const { step, start } = setUp(50, 2, { maxRunning: 1, rank });
    const low = start([1], 2, { arrivedAt: 0 });
    const high = start([2], 2, { arrivedAt: 500, priority: 1 });
    const late = start([3], 2, { arrivedAt: 1600, priority: 1 });
    expect([step(8), step(8), step(8)]).toEqual([[high], [low], [late]]);
  });
});

describe('sharing', () => {
  test('fifty simultaneous requests with the same prompt compute it once, except for the last token', () => {
    const { step, start } = setUp(400, 4);
    const prompt = range(0, 41);
    const all = range(0, 50).map(() => start(prompt, 42));
    for (let i = 0; i < 20; i++) step(16);
    expect(all.every(({ state }) => state === 'finished')).toBe(true);
    expect(all.map(({ computedTokens }) => computedTokens)).toEqual([41, ...new Array<number>(49).fill(1)]);
  });

  test('the system prompt of fifty simultaneous conversations is computed once', () => {
    const { step, start } = setUp(600, 4, { maxRunning: 50 });
    const system = range(100, 22); // ends within a block
    const all = range(0, 50).map((i) => start([...system, i, i + 1, i + 2], 27));
    for (let i = 0; i < 20; i++) step(64);
    expect(all.every(({ state }) => state === 'finished')).toBe(true);
    expect(all.map(({ computedTokens }) => computedTokens)).toEqual([26, ...new Array<number>(49).fill(4)]);
  });

  test('when the computing sequence is cancelled, the first waiting one takes over', () => {
    const { scheduler, step, start } = setUp(400, 4);
    const prompt = range(0, 41);
    const [owner, second, third] = [start(prompt, 42), start(prompt, 42), start(prompt, 42)];
    step(16);
    expect([owner.state, second.state, third.state]).toEqual([
      'running',
      'awaiting-prefix',
      'awaiting-prefix',
    ]);
    scheduler.finish(owner);
    step(16);
    expect([second.state, third.state]).toEqual(['running', 'awaiting-prefix']);
    expect(second.cachedTokens).toBe(16);
    for (let i = 0; i < 4; i++) step(16);
    expect([second.computedTokens, third.computedTokens]).toEqual([25, 1]);
  });

  test('each turn of a conversation computes only its new tokens', () => {
    const { step, start } = setUp(100, 4);
    let history: number[] = [];
    for (let turn = 0; turn < 10; turn++) {
      const prompt = [...history, ...range(10 * turn, 7)];
      const sequence = start(prompt, prompt.length + 5);
      while (sequence.state !== 'finished') step(16);
      // The last token of an answer was selected but not computed: it is computed in the next turn.
      expect(sequence.cachedTokens).toBe(Math.max(0, history.length - 1));
      expect(sequence.computedTokens).toBe(prompt.length - sequence.cachedTokens + 4);
      history = [...sequence.tokens];
    }
  });

  test('a fork shares all blocks of its parent and computes none of its tokens', () => {
    const { scheduler, step, start, cache } = setUp(100, 4);
    const parent = start(range(0, 40), 60);
    step(64);
    const fork = new Sequence(99, { prompt: range(0, 40), capacity: 60 });
    scheduler.fork(parent, fork);
    step(64);
    expect([fork.state, fork.computedTokens, fork.cachedTokens]).toEqual(['running', 0, 40]);
    const firstTen = ({ kv }: Sequence): number[] => [...kv!.tables[0]!.blocks.subarray(0, 10)];
    expect(firstTen(fork)).toEqual(firstTen(parent));
    expect(availableBlockCount(cache)).toBe(100 - 11);
    step(64); // both write to the shared block: one of them copies it
    expect([cache.events.count('copied'), availableBlockCount(cache)]).toEqual([1, 100 - 12]);
  });

  test('forks beyond the limit start later and find the computed tokens', () => {
    const { scheduler, step, start } = setUp(100, 4, { maxRunning: 3, maxRows: 3 });
    const prompt = range(0, 21);
    const parent = start(prompt, 23);
    const forks = range(1, 5).map((id) => new Sequence(id, { prompt, capacity: 23, arrivedAt: 50 + id }));
    for (const fork of forks) scheduler.fork(parent, fork);
    for (let i = 0; i < 10; i++) step(32);
    expect([parent, ...forks].map(({ state }) => state)).toEqual(new Array(6).fill('finished'));
    expect(forks.map(({ computedTokens }) => computedTokens)).toEqual([1, 1, 2, 2, 2]);
  });

  test('a fork of a cancelled sequence runs on its own; a cancelled fork computes nothing', () => {
    const { scheduler, step, start } = setUp(100, 4);
    const parent = start(range(0, 21), 23);
    const forks = [1, 2].map((id) => new Sequence(id, { prompt: range(0, 21), capacity: 23 }));
    for (const fork of forks) scheduler.fork(parent, fork);
    scheduler.finish(forks[0]!);
    scheduler.finish(parent);
    step(32);
    step(32);
    expect([forks[0]!.computedTokens, forks[1]!.computedTokens]).toEqual([0, 22]);
    expect(scheduler.hasWork).toBe(false);
  });
});

describe('waiting for a prefix', () => {
  test('does not wait for a sequence with a lower rank', () => {
    const { step, start } = setUp(600, 16, { rank: priorityWithAgeing(1000) });
    start(range(0, 4000), 4001);
    start(range(5000, 50), 51, { priority: -1 });
    step(16);
    const urgent = start([5000, 1, 2], 4, { priority: 100 });
    step(16);
    expect(urgent.state).toBe('finished');
  });
});

describe('a bounded queue', () => {
  test('counts forks that wait for their parent or run without it', () => {
    const { scheduler, step, start } = setUp(50, 4, { maxRunning: 1, maxRows: 1, maxWaiting: 2 });
    const parent = start([1, 2, 3], 8);
    const fork = (id: number): void =>
      scheduler.fork(parent, new Sequence(id, { prompt: [1, 2, 3], capacity: 8, arrivedAt: 100 + id }));
    fork(10);
    fork(11);
    expect(() => fork(12)).toThrow(expect.objectContaining({ code: 'busy' }));
    step(8); // no slot is free besides the one of their parent
    expect(scheduler.waitingCount).toBe(2);
    expect(() => start([9], 4)).toThrow(expect.objectContaining({ code: 'busy' }));
    expect(() => scheduler.checkQueue(1)).toThrow(/2 requests are waiting/);
  });

  test('does not count free slots while a sequence waits for memory', () => {
    const { step, start } = setUp(4, 4, { maxWaiting: 1 });
    start(range(0, 10), 16);
    step(16);
    start(range(50, 10), 16);
    step(16);
    expect(() => start([9], 4)).toThrow(expect.objectContaining({ code: 'busy' }));
  });
});

test('a fork of a fork has all tokens that its parent adopted', () => {
  const { scheduler, step, start } = setUp(100, 4, { maxRunning: 1, maxRows: 1 });
  const parent = start(range(0, 5), 30);
  for (let i = 0; i < 10; i++) step(8);
  const make = (id: number): Sequence =>
    new Sequence(id, { prompt: range(0, 5), capacity: 30, arrivedAt: 100 + id });
  const [fork, second] = [make(10), make(11)];
  scheduler.fork(parent, fork);
  scheduler.fork(fork, second);
  step(8);
  expect(fork.length).toBeGreaterThanOrEqual(15);
  scheduler.finish(fork); // its forks continue with its tokens
  expect(second.length).toBe(fork.length);
});

describe('under memory pressure', () => {
  test('a prompt of 4,000 tokens does not delay the next tokens of other sequences', () => {
    const { step, start } = setUp(600, 16);
    const talking = range(0, 8).map((i) => start([i], 200));
    step(64);
    const long = start(range(10, 4000), 4001);
    let steps = 0;
    while (long.state !== 'finished') {
      const before = talking.map(({ length }) => length);
      step(64);
      steps++;
      expect(talking.map(({ length }) => length)).toEqual(before.map((length) => length + 1));
    }
    expect(steps).toBe(Math.ceil(4000 / 56));
  });

  test('the sequence with the lowest rank is preempted and computes little again', () => {
    const { step, start } = setUp(12, 4);
    const [first, second] = [start(range(0, 16), 40), start(range(50, 16), 40)];
    while (second.preemptions === 0) step(32);
    expect([first.state, second.state, second.kv]).toEqual(['running', 'preempted', undefined]);
    while (second.state !== 'finished') step(32);
    expect([first.state, second.length]).toEqual(['finished', 40]);
  });

  test('a preempted sequence whose blocks were not evicted computes at most one token again', () => {
    const { scheduler, step, start } = setUp(50, 4);
    const sequence = start(range(0, 22), 30);
    step(64);
    step(64);
    for (let times = 0; times < 2; times++) {
      scheduler.preempt(sequence);
      expect(sequence.state).toBe('preempted');
      step(64);
    }
    while (sequence.state !== 'finished') step(64);
    expect([sequence.computedTokens, sequence.cachedTokens]).toEqual([22 + 7, 0]);
  });
});

describe('finish', () => {
  test('removes a waiting sequence from the queue', () => {
    const { scheduler, start } = setUp(4, 2);
    const sequence = start([1], 4);
    scheduler.finish(sequence);
    expect(sequence.state).toBe('finished');
    expect([scheduler.hasWork, scheduler.plan(8)]).toEqual([false, undefined]);
  });

  test('releases a running sequence, whose tokens can still be found', () => {
    const { scheduler, step, start } = setUp(4, 2);
    const sequence = start([1, 2, 3, 4, 5], 8);
    step(3);
    scheduler.finish(sequence);
    scheduler.finish(sequence); // the second call has no effect
    expect([sequence.kv, sequence.computedTokens, scheduler.hasWork]).toEqual([undefined, 3, false]);
    const again = start([1, 2, 3, 4, 5], 8);
    expect([...scheduler.plan(8)!.plan.tokens]).toEqual([4, 5]);
    expect(again.cachedTokens).toBe(3);
    expect(again.report).toEqual({ runningTokens: 0, memoryTokens: 3, diskTokens: 0, firstDifference: 3 });
  });

  test('between plan and accept does not change the tokens of other sequences', () => {
    const { scheduler, start } = setUp(20, 2);
    const [gone, stays] = [start([1], 4), start([2], 4)];
    const step = scheduler.plan(8)!;
    scheduler.finish(gone);
    const chosen = { selected: Int32Array.of(7, 8), outcomes: ['chosen', 'chosen'] as const };
    scheduler.accept(step, chosen, () => false);
    expect([...stays.tokens]).toEqual([2, 8]);
    expect([...gone.tokens]).toEqual([1]);
  });
});

describe('drafts', () => {
  const repeating = [1, 2, 3, 1, 2, 3, 1, 2, 3];

  test('are verified in one step, and wrong ones are dropped', () => {
    const { scheduler, cache, start } = setUp(20, 4, { draftTokens: 4 });
    const sequence = start(repeating, 30);
    const step = scheduler.plan(32)!;
    expect([...step.work[0]!.drafts]).toEqual([1, 2, 3]);
    expect([...step.plan.tokens]).toEqual([...repeating, 1, 2, 3]);
    expect([...step.plan.logitsRows]).toEqual([8, 9, 10, 11]);
    const chosen = { selected: Int32Array.of(1, 2, 7, 9), outcomes: new Array(4).fill('chosen') };
    scheduler.accept(step, chosen, () => false); // the third draft is wrong
    expect([...sequence.tokens]).toEqual([...repeating, 1, 2, 7]);
    expect([sequence.kv!.computed, sequence.draftedTokens, sequence.acceptedTokens]).toEqual([11, 3, 2]);
    expect(sequence.kv!.tables[0]!.end).toBe(3);
    checkInvariants(cache);
  });

  test('do not exceed the capacity, and are dropped after the answer ends', () => {
    const { scheduler, start } = setUp(20, 4, { draftTokens: 4 });
    const sequence = start(repeating, repeating.length + 2);
    const step = scheduler.plan(32)!;
    expect([...step.work[0]!.drafts]).toEqual([1]);
    const chosen = { selected: Int32Array.of(1, 2), outcomes: ['chosen', 'chosen'] as const };
    scheduler.accept(step, chosen, ({ length }) => length === 10); // the first token ends it
    expect(sequence.length).toBe(10);
  });
});
