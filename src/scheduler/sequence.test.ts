import { describe, expect, test } from 'vitest';
import { groupsOf, ONE_GROUP } from '../../tests/support/kv/cache-shapes.ts';
import { BlockCopies } from '../kv/block-copies.ts';
import { createPagedCache } from '../kv/create-cache.ts';
import type { KvSequence } from '../kv/kv-cache.ts';
import { Sequence, type SequenceState } from './sequence.ts';

const PROMPT = [1, 2, 3];
const REPORT = { runningTokens: 1, memoryTokens: 1, diskTokens: 0 };

const sequenceOf = (id = 0, prompt: readonly number[] = PROMPT): Sequence =>
  new Sequence(id, { prompt, capacity: 10 });

function kvOf(): KvSequence {
  const cache = createPagedCache({
    groups: groupsOf(ONE_GROUP, 8),
    blockSize: 4,
    contextLength: 32,
    maxRunning: 2,
  });
  return cache.createSequence(cache.match(Int32Array.from(PROMPT), ''), new BlockCopies(1))!;
}

/** Creates a sequence in each state, by the shortest path. */
const IN_STATE: Record<SequenceState, () => Sequence> = {
  waiting: () => sequenceOf(),
  'awaiting-prefix': () => {
    const sequence = sequenceOf();
    sequence.await(sequenceOf(1), 2);
    return sequence;
  },
  restoring: () => {
    const sequence = sequenceOf();
    sequence.startRestore(kvOf());
    return sequence;
  },
  running: () => {
    const sequence = sequenceOf();
    sequence.run(kvOf());
    return sequence;
  },
  preempted: () => {
    const sequence = IN_STATE.running();
    sequence.preempt();
    return sequence;
  },
  finished: () => {
    const sequence = sequenceOf();
    sequence.end();
    return sequence;
  },
};

type Transition = 'await' | 'stopAwaiting' | 'awaitTier' | 'run' | 'preempt' | 'end';

const DO: Record<Transition, (sequence: Sequence) => unknown> = {
  await: (sequence) => sequence.await(sequenceOf(1), 2),
  stopAwaiting: (sequence) => sequence.stopAwaiting(),
  awaitTier: (sequence) => sequence.startRestore(kvOf()),
  run: (sequence) => sequence.run(sequence.kv ?? kvOf()),
  preempt: (sequence) => sequence.preempt(),
  end: (sequence) => sequence.end(),
};

/** The next state for each state and transition; other transitions are programming errors. */
const LEADS: Record<SequenceState, Partial<Record<Transition, SequenceState>>> = {
  waiting: {
    await: 'awaiting-prefix',
    stopAwaiting: 'waiting',
    awaitTier: 'restoring',
    run: 'running',
    end: 'finished',
  },
  'awaiting-prefix': { await: 'awaiting-prefix', stopAwaiting: 'waiting', end: 'finished' },
  restoring: { run: 'running', end: 'finished' },
  running: { preempt: 'preempted', end: 'finished' },
  preempted: {
    await: 'awaiting-prefix',
    stopAwaiting: 'preempted',
    awaitTier: 'restoring',
    run: 'running',
    end: 'finished',
  },
  finished: {},
};

const STATES = Object.keys(LEADS) as SequenceState[];
const TRANSITIONS = Object.keys(DO) as Transition[];

describe.each(STATES)('a sequence that is %s', (state) => {
  test.each(TRANSITIONS)('%s', (transition) => {
    const sequence = IN_STATE[state]();
    expect(sequence.state).toBe(state);
    const next = LEADS[state][transition];
    if (next === undefined) {
      expect(() => DO[transition](sequence)).toThrow('invariant broken');
      expect(sequence.state).toBe(state);
    } else {
      DO[transition](sequence);
      expect(sequence.state).toBe(next);
    }
    const hasBlocks = sequence.state === 'running' || sequence.state === 'restoring';
    expect(sequence.kv !== undefined).toBe(hasBlocks);
    expect(sequence.awaits !== undefined).toBe(sequence.state === 'awaiting-prefix');
  });
});

test('a restored sequence runs with the blocks that were loaded for it', () => {
  const sequence = IN_STATE.restoring();
  expect(() => sequence.run(kvOf())).toThrow('invariant broken');
  sequence.run(sequence.kv!);
});

test('a preempted sequence that awaited a prefix returns to the preempted state', () => {
  const sequence = IN_STATE.preempted();
  sequence.await(sequenceOf(1), 2);
  sequence.stopAwaiting();
  expect([sequence.state, sequence.preemptions]).toEqual(['preempted', 1]);
});

test('preempt and end return the cache sequence to release', () => {
  const kv = kvOf();
  const sequence = sequenceOf();
  sequence.run(kv);
  expect(sequence.preempt()).toBe(kv);
  sequence.run(kv);
  expect(sequence.end()).toBe(kv);
  expect(sequenceOf().end()).toBeUndefined();
});

test('the cache hit is recorded once', () => {
  const sequence = sequenceOf();
  sequence.recordHit(2, REPORT);
  expect([sequence.cachedTokens, sequence.report]).toEqual([2, REPORT]);
  expect(() => sequence.recordHit(2, REPORT)).toThrow('invariant broken');
});

test('computed and draft tokens are counted; accepted drafts never exceed drafted ones', () => {
  const sequence = sequenceOf();
  sequence.countComputed(3);
  sequence.countComputed(2);
  sequence.countDrafts(4, 1);
  const { computedTokens, draftedTokens, acceptedTokens } = sequence;
  expect([computedTokens, draftedTokens, acceptedTokens]).toEqual([5, 4, 1]);
  expect(() => sequence.countDrafts(1, 2)).toThrow('invariant broken');
});

test('a fork adopts the tokens of its parent; appending beyond the capacity fails', () => {
  const parent = sequenceOf();
  for (const token of [7, 8, 9]) parent.append(token);
  const fork = sequenceOf(1);
  fork.adoptTokens(parent, 5);
  expect([[...fork.tokens], fork.forkedAt, fork.uncomputed]).toEqual([[1, 2, 3, 7, 8], 5, 5]);
  for (let length = parent.length; length < parent.capacity; length++) parent.append(0);
  expect(() => parent.append(0)).toThrow('invariant broken');
  expect(() => IN_STATE.running().adoptTokens(parent, 5)).toThrow('invariant broken');
});
