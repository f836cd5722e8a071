import { describe, expect, test } from 'vitest';
import { groupsOf, ONE_GROUP } from '../../tests/support/kv/cache-shapes.ts';
import { BlockCopies } from '../kv/block-copies.ts';
import { createPagedCache } from '../kv/create-cache.ts';
import type { KvSequence } from '../kv/kv-cache.ts';
import { Sequence, type SequenceState } from './sequence.ts';

const PROMPT = [1, 2, 3];
const CACHE_REPORT = { runningTokens: 1, memoryTokens: 1, diskTokens: 0 };

const sequenceOf = (id = 0, prompt: readonly number[] = PROMPT): Sequence =>
  new Sequence(id, { prompt, capacity: 10 });

function createKv(): KvSequence {
  const cache = createPagedCache({
    groups: groupsOf(ONE_GROUP, 8),
    blockSize: 4,
    contextLength: 32,
    maxRunning: 2,
  });
  return cache.createSequence(cache.match(Int32Array.from(PROMPT), ''), new BlockCopies(1))!;
}

/** For each state: creates a sequence in this state. */
const CREATE_IN_STATE: Record<SequenceState, () => Sequence> = {
  waiting: () => sequenceOf(),
  'awaiting-prefix': () => {
    const sequence = sequenceOf();
    sequence.awaitPrefix(sequenceOf(1), 2);
    return sequence;
  },
  restoring: () => {
    const sequence = sequenceOf();
    sequence.startRestore(createKv());
    return sequence;
  },
  running: () => {
    const sequence = sequenceOf();
    sequence.run(createKv());
    return sequence;
  },
  preempted: () => {
    const sequence = CREATE_IN_STATE.running();
    sequence.preempt();
    return sequence;
  },
  finished: () => {
    const sequence = sequenceOf();
    sequence.end();
    return sequence;
  },
};

type Transition = 'awaitPrefix' | 'stopAwaiting' | 'startRestore' | 'run' | 'preempt' | 'end';

const PERFORM: Record<Transition, (sequence: Sequence) => unknown> = {
  awaitPrefix: (sequence) => sequence.awaitPrefix(sequenceOf(1), 2),
  stopAwaiting: (sequence) => sequence.stopAwaiting(),
  startRestore: (sequence) => sequence.startRestore(createKv()),
  run: (sequence) => sequence.run(sequence.kv ?? createKv()),
  preempt: (sequence) => sequence.preempt(),
  end: (sequence) => sequence.end(),
};

/** The next state for each state and valid transition. Other transitions throw. */
const NEXT_STATES: Record<SequenceState, Partial<Record<Transition, SequenceState>>> = {
  waiting: {
    awaitPrefix: 'awaiting-prefix',
    stopAwaiting: 'waiting',
    startRestore: 'restoring',
    run: 'running',
    end: 'finished',
  },
  'awaiting-prefix': { awaitPrefix: 'awaiting-prefix', stopAwaiting: 'waiting', end: 'finished' },
  restoring: { run: 'running', end: 'finished' },
  running: { preempt: 'preempted', end: 'finished' },
  preempted: {
    awaitPrefix: 'awaiting-prefix',
    stopAwaiting: 'preempted',
    startRestore: 'restoring',
    run: 'running',
    end: 'finished',
  },
  finished: {},
};

const STATES = Object.keys(NEXT_STATES) as SequenceState[];
const TRANSITIONS = Object.keys(PERFORM) as Transition[];

describe.each(STATES)('a sequence in the state %s', (state) => {
  test.each(TRANSITIONS)('changes its state or throws when `%s` is called', (transition) => {
    const sequence = CREATE_IN_STATE[state]();
    expect(sequence.state).toBe(state);
    const next = NEXT_STATES[state][transition];
    if (next === undefined) {
      expect(() => PERFORM[transition](sequence)).toThrow('invariant broken');
      expect(sequence.state).toBe(state);
    } else {
      PERFORM[transition](sequence);
      expect(sequence.state).toBe(next);
    }
    const hasBlocks = sequence.state === 'running' || sequence.state === 'restoring';
    expect(sequence.kv !== undefined).toBe(hasBlocks);
    expect(sequence.awaitedPrefix !== undefined).toBe(sequence.state === 'awaiting-prefix');
  });
});

test('`run` of a restoring sequence throws for blocks other than the blocks of the sequence', () => {
  const sequence = CREATE_IN_STATE.restoring();
  expect(() => sequence.run(createKv())).toThrow('invariant broken');
  sequence.run(sequence.kv!);
});

test('stopAwaiting returns a preempted sequence to the state preempted', () => {
  const sequence = CREATE_IN_STATE.preempted();
  sequence.awaitPrefix(sequenceOf(1), 2);
  sequence.stopAwaiting();
  expect([sequence.state, sequence.preemptions]).toEqual(['preempted', 1]);
});

test('`preempt` and `end` each return the blocks that the caller must release', () => {
  const kv = createKv();
  const sequence = sequenceOf();
  sequence.run(kv);
  expect(sequence.preempt()).toBe(kv);
  sequence.run(kv);
  expect(sequence.end()).toBe(kv);
  expect(sequenceOf().end()).toBeUndefined();
});

test('recordHit throws when it is called a second time', () => {
  const sequence = sequenceOf();
  sequence.recordHit(2, CACHE_REPORT);
  expect([sequence.cachedTokens, sequence.report]).toEqual([2, CACHE_REPORT]);
  expect(() => sequence.recordHit(2, CACHE_REPORT)).toThrow('invariant broken');
});

test('computed and draft tokens are counted, and countDrafts rejects more accepted than drafted tokens', () => {
  const sequence = sequenceOf();
  sequence.countComputed(3);
  sequence.countComputed(2);
  sequence.countDrafts(4, 1);
  const { computedTokens, draftedTokens, acceptedTokens } = sequence;
  expect([computedTokens, draftedTokens, acceptedTokens]).toEqual([5, 4, 1]);
  expect(() => sequence.countDrafts(1, 2)).toThrow('invariant broken');
});

test('adoptTokens copies the tokens of a parent, and `append` throws when the capacity is exceeded', () => {
  const parent = sequenceOf();
  for (const token of [7, 8, 9]) parent.append(token);
  const fork = sequenceOf(1);
  fork.adoptTokens(parent, 5);
  expect([[...fork.tokens], fork.inheritedTokens, fork.uncomputed]).toEqual([[1, 2, 3, 7, 8], 5, 5]);
  for (let length = parent.length; length < parent.capacity; length++) parent.append(0);
  expect(() => parent.append(0)).toThrow('invariant broken');
  expect(() => CREATE_IN_STATE.running().adoptTokens(parent, 5)).toThrow('invariant broken');
});
