import { describe, expect, test } from 'vitest';
import { checkInvariants } from '../../tests/support/kv/cache-invariants.ts';
import { availableBlockCount, groupsOf, ONE_GROUP } from '../../tests/support/kv/cache-shapes.ts';
import { SimulatedExecutable } from '../../tests/support/kv/simulated-executable.ts';
import { createPagedCache } from '../kv/create-cache.ts';
import type { PagedCache } from '../kv/paged-cache.ts';
import { rankByPriority } from './policies.ts';
import { Scheduler, type SchedulerLimits } from './scheduler.ts';
import { Sequence, type SequenceOptions } from './sequence.ts';

const LIMITS = { maxRunning: 64, maxRows: 128 };

interface Setup {
  readonly cache: PagedCache;
  readonly scheduler: Scheduler;
  /** Plans, runs and accepts a step, and ends sequences that reach their capacity. Returns the sequences of the step. */
  step(budget: number): Sequence[];
  start(prompt: readonly number[], capacity: number, options?: Partial<SequenceOptions>): Sequence;
}

function setUp(
  blocks: number,
  blockSize: number,
  limits: Partial<SchedulerLimits> = {},
  retentions = ONE_GROUP,
): Setup {
  const allLimits = { ...LIMITS, ...limits };
  const { maxRunning } = allLimits;
  const groups = groupsOf(retentions, blocks);
  const cache = createPagedCache({ groups, blockSize, contextLength: blocks * blockSize, maxRunning });
  const scheduler = new Scheduler(cache, { ...allLimits, events: cache.events });
  const machine = new SimulatedExecutable(blocks, blockSize, retentions);
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
      const endedSequences: Sequence[] = [];
      scheduler.accept(step, machine.step(step), (sequence) => {
        const full = sequence.length === sequence.capacity;
        if (full) endedSequences.push(sequence);
        return full;
      });
      for (const sequence of endedSequences) scheduler.finish(sequence);
      checkInvariants(cache);
      return step.work.map(({ sequence }) => sequence);
    },
  };
}

const computedTokensOf = (sequences: readonly Sequence[]): number[] =>
  sequences.map(({ computedTokens }) => computedTokens);
const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

test('`plan` returns the example in base/step/step-plan.ts', () => {
  const { scheduler, start } = setUp(10, 2);
  const onToken = (): boolean => false;
  const a = start([10, 11], 8);
  for (const token of [12, 13]) {
    const step = scheduler.plan(8)!;
    scheduler.accept(step, { selected: Int32Array.of(token), outcomes: ['chosen'] }, onToken);
  }
  const b = start([20, 21, 22], 8); // sequence a has 3 computed tokens
  const { plan, rows } = scheduler.plan(8)!;
  const blocks = [a, b].flatMap(({ kv }) => [...kv!.tables[0]!.blocks.subarray(0, 2)]);
  expect(plan).toEqual({
    tokens: Int32Array.of(13, 20, 21, 22),
    positions: Int32Array.of(3, 0, 1, 2),
    queryStart: Int32Array.of(0, 1, 4),
    contextLength: Int32Array.of(4, 3),
    adapter: Int32Array.of(-1, -1),
    maxBlocks: 2,
    blockTable: [Int32Array.from(blocks)],
    copies: [new Int32Array(0)],
    logitsRows: Int32Array.of(0, 3),
  });
  expect(new Set(blocks).size).toBe(4);
  expect(rows.map(({ sequence }) => sequence)).toEqual([a, b]);
});

test('no token is selected until the whole prompt is computed', () => {
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

describe('admission of sequences', () => {
  test('waits for free blocks, in order of arrival, until a running sequence ends', () => {
    const { scheduler, step, start } = setUp(4, 2);
    const [first, long, short] = [start([1, 1, 1], 4), start([2, 2, 2, 2], 6), start([3], 2)];
    expect(step(8)).toEqual([first]); // owns 2 of 4 blocks, and one more is reserved: the long prompt does not fit
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

  test('rejects a sequence that can never fit, and reports both lengths', () => {
    expect(() => setUp(4, 2).start([1], 9)).toThrow(
      expect.objectContaining({
        code: 'kv_memory_too_small',
        message: expect.stringMatching(/\b9\b.*\b8\b/),
      }),
    );
  });

  test('throws busy when the queue is full, without queueing the sequence', () => {
    const { scheduler, start } = setUp(50, 2, { maxRunning: 2, maxWaiting: 1 });
    for (let id = 0; id < 3; id++) start([id], 4);
    expect(() => start([9], 4)).toThrow(expect.objectContaining({ code: 'busy' }));
    expect(scheduler.waitingCount).toBe(3);
  });

  test('is in order of priority and waiting time with the priority policy', () => {
    const rank = rankByPriority(1000);
    const { step, start } = setUp(50, 2, { maxRunning: 1, rank });
    const low = start([1], 2, { arrivedAt: 0 });
    const high = start([2], 2, { arrivedAt: 500, priority: 1 });
    const late = start([3], 2, { arrivedAt: 1600, priority: 1 });
    expect([step(8), step(8), step(8)]).toEqual([[high], [low], [late]]);
  });
});

describe('sharing of computed tokens', () => {
  test('fifty simultaneous sequences compute a common prompt once, except for its last token', () => {
    const { step, start } = setUp(400, 4);
    const prompt = range(0, 41);
    const sequences = range(0, 50).map(() => start(prompt, 42));
    for (let i = 0; i < 20; i++) step(16);
    expect(sequences.every(({ state }) => state === 'finished')).toBe(true);
    expect(computedTokensOf(sequences)).toEqual([41, ...new Array<number>(49).fill(1)]);
  });

  test('a common system prompt of fifty simultaneous sequences is computed once', () => {
    const { step, start } = setUp(600, 4, { maxRunning: 50 });
    const system = range(100, 22); // the last block is partial
    const sequences = range(0, 50).map((i) => start([...system, i, i + 1, i + 2], 27));
    for (let i = 0; i < 20; i++) step(64);
    expect(sequences.every(({ state }) => state === 'finished')).toBe(true);
    expect(computedTokensOf(sequences)).toEqual([26, ...new Array<number>(49).fill(4)]);
  });

  test('when the sequence that computes a prefix is cancelled, the first sequence that waits for the prefix runs', () => {
    const { scheduler, step, start } = setUp(400, 4);
    const prompt = range(0, 41);
    const [owner, second, third] = [start(prompt, 42), start(prompt, 42), start(prompt, 42)];
    step(16);
    expect([owner, second, third].map(({ state }) => state)).toEqual([
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

  test('a fork shares all blocks of its parent and computes no tokens again', () => {
    const { scheduler, step, start, cache } = setUp(100, 4);
    const parent = start(range(0, 40), 60);
    step(64);
    const fork = new Sequence(99, { prompt: range(0, 40), capacity: 60 });
    scheduler.fork(parent, fork);
    step(64);
    expect([fork.state, fork.computedTokens, fork.cachedTokens]).toEqual(['running', 0, 40]);
    const firstTenBlocks = ({ kv }: Sequence): number[] => [...kv!.tables[0]!.blocks.subarray(0, 10)];
    expect(firstTenBlocks(fork)).toEqual(firstTenBlocks(parent));
    expect(availableBlockCount(cache)).toBe(100 - 11);
    step(64); // both sequences write to the shared last block: one of them copies it
    expect([cache.events.count('copied'), availableBlockCount(cache)]).toEqual([1, 100 - 12]);
  });

  test('forks for which no row is free start later and find the computed tokens', () => {
    const { scheduler, step, start } = setUp(100, 4, { maxRunning: 3, maxRows: 3 });
    const prompt = range(0, 21);
    const parent = start(prompt, 23);
    const forks = range(1, 5).map((id) => new Sequence(id, { prompt, capacity: 23, arrivedAt: 50 + id }));
    for (const fork of forks) scheduler.fork(parent, fork);
    for (let i = 0; i < 10; i++) step(32);
    expect([parent, ...forks].map(({ state }) => state)).toEqual(new Array(6).fill('finished'));
    expect(computedTokensOf(forks)).toEqual([1, 1, 2, 2, 2]);
  });

  test('a fork of a cancelled parent runs independently, and a cancelled fork computes nothing', () => {
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

describe('waiting for a prefix of another sequence', () => {
  test('does not occur if the other sequence has a lower priority', () => {
    const { step, start } = setUp(600, 16, { rank: rankByPriority(1000) });
    start(range(0, 4000), 4001);
    start(range(5000, 50), 51, { priority: -1 });
    step(16);
    const urgent = start([5000, 1, 2], 4, { priority: 100 });
    step(16);
    expect(urgent.state).toBe('finished');
  });
});

describe('the limit of the queue', () => {
  test('includes forks that wait for their parent or for a slot', () => {
    const { scheduler, step, start } = setUp(50, 4, { maxRunning: 1, maxRows: 1, maxWaiting: 2 });
    const parent = start([1, 2, 3], 8);
    const fork = (id: number): void =>
      scheduler.fork(parent, new Sequence(id, { prompt: [1, 2, 3], capacity: 8, arrivedAt: 100 + id }));
    fork(10);
    fork(11);
    expect(() => fork(12)).toThrow(expect.objectContaining({ code: 'busy' }));
    step(8); // only the slot of the parent exists
    expect(scheduler.waitingCount).toBe(2);
    expect(() => start([9], 4)).toThrow(expect.objectContaining({ code: 'busy' }));
    expect(() => scheduler.checkQueue(1)).toThrow(/2 requests are waiting/);
  });

  test('is not raised by free slots while a sequence waits for memory', () => {
    const { step, start } = setUp(4, 4, { maxWaiting: 1 });
    start(range(0, 10), 16);
    step(16);
    start(range(50, 10), 16);
    step(16);
    expect(() => start([9], 4)).toThrow(expect.objectContaining({ code: 'busy' }));
  });
});

test('a fork of a fork has all tokens that the first fork copied', () => {
  const { scheduler, step, start } = setUp(100, 4, { maxRunning: 1, maxRows: 1 });
  const parent = start(range(0, 5), 30);
  for (let i = 0; i < 10; i++) step(8);
  const createFork = (id: number): Sequence =>
    new Sequence(id, { prompt: range(0, 5), capacity: 30, arrivedAt: 100 + id });
  const [fork, grandchild] = [createFork(10), createFork(11)];
  scheduler.fork(parent, fork);
  scheduler.fork(fork, grandchild);
  step(8);
  expect(fork.length).toBeGreaterThanOrEqual(15);
  scheduler.finish(fork); // the forks of the fork have its tokens
  expect(grandchild.length).toBe(fork.length);
});

describe('scheduling with a long prompt or little memory', () => {
  test('computes a token of each other sequence in each step of a prompt of 4,000 tokens', () => {
    const { step, start } = setUp(600, 16);
    const otherSequences = range(0, 8).map((i) => start([i], 200));
    step(64);
    const long = start(range(10, 4000), 4001);
    let steps = 0;
    while (long.state !== 'finished') {
      const lengths = otherSequences.map(({ length }) => length);
      step(64);
      steps++;
      expect(otherSequences.map(({ length }) => length)).toEqual(lengths.map((length) => length + 1));
    }
    expect(steps).toBe(Math.ceil(4000 / 56));
  });

  test('preempts the sequence that arrived last, which later runs to its end', () => {
    const { step, start } = setUp(12, 4);
    const [first, second] = [start(range(0, 16), 40), start(range(50, 16), 40)];
    while (second.preemptions === 0) step(32);
    expect([first.state, second.state, second.kv]).toEqual(['running', 'preempted', undefined]);
    while (second.state !== 'finished') step(32);
    expect([first.state, second.length]).toEqual(['finished', 40]);
  });

  test('computes no token twice for a preempted sequence whose blocks were not evicted', () => {
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

describe('Scheduler.finish', () => {
  test('removes a waiting sequence from the queue', () => {
    const { scheduler, start } = setUp(4, 2);
    const sequence = start([1], 4);
    scheduler.finish(sequence);
    expect(sequence.state).toBe('finished');
    expect([scheduler.hasWork, scheduler.plan(8)]).toEqual([false, undefined]);
  });

  test('releases a running sequence, whose computed tokens stay cached', () => {
    const { scheduler, step, start } = setUp(4, 2);
    const sequence = start([1, 2, 3, 4, 5], 8);
    step(3);
    scheduler.finish(sequence);
    scheduler.finish(sequence); // the second call has no effect
    expect([sequence.kv, sequence.computedTokens, scheduler.hasWork]).toEqual([undefined, 3, false]);
    const repeated = start([1, 2, 3, 4, 5], 8);
    expect([...scheduler.plan(8)!.plan.tokens]).toEqual([4, 5]);
    expect(repeated.cachedTokens).toBe(3);
    expect(repeated.report).toEqual({ runningTokens: 0, memoryTokens: 3, diskTokens: 0, firstDifference: 3 });
  });

  test('does not change the tokens of other sequences if called between `plan` and `accept`', () => {
    const { scheduler, start } = setUp(20, 2);
    const [finished, other] = [start([1], 4), start([2], 4)];
    const step = scheduler.plan(8)!;
    scheduler.finish(finished);
    const chosen = { selected: Int32Array.of(7, 8), outcomes: ['chosen', 'chosen'] as const };
    scheduler.accept(step, chosen, () => false);
    expect([...other.tokens]).toEqual([2, 8]);
    expect([...finished.tokens]).toEqual([1]);
  });
});

describe('drafts of a sequence', () => {
  const repeating = [1, 2, 3, 1, 2, 3, 1, 2, 3];

  test('are verified in one step, and dropped from the first mismatch', () => {
    const { scheduler, cache, start } = setUp(20, 4, { draftTokens: 4 });
    const sequence = start(repeating, 30);
    const step = scheduler.plan(32)!;
    expect([...step.work[0]!.drafts]).toEqual([1, 2, 3]);
    expect([...step.plan.tokens]).toEqual([...repeating, 1, 2, 3]);
    expect([...step.plan.logitsRows]).toEqual([8, 9, 10, 11]);
    const chosen = { selected: Int32Array.of(1, 2, 7, 9), outcomes: new Array(4).fill('chosen') };
    scheduler.accept(step, chosen, () => false); // the third draft does not match
    expect([...sequence.tokens]).toEqual([...repeating, 1, 2, 7]);
    expect([sequence.kv!.computed, sequence.draftedTokens, sequence.acceptedTokens]).toEqual([11, 3, 2]);
    expect(sequence.kv!.tables[0]!.end).toBe(3);
    checkInvariants(cache);
  });

  test('do not exceed the capacity, and are dropped when the sequence is complete', () => {
    const { scheduler, start } = setUp(20, 4, { draftTokens: 4 });
    const sequence = start(repeating, repeating.length + 2);
    const step = scheduler.plan(32)!;
    expect([...step.work[0]!.drafts]).toEqual([1]);
    const chosen = { selected: Int32Array.of(1, 2), outcomes: ['chosen', 'chosen'] as const };
    scheduler.accept(step, chosen, ({ length }) => length === 10); // the first token completes the sequence
    expect(sequence.length).toBe(10);
  });
});
