// Admission with a paged cache that has blocks of 4 tokens. The tests compute tokens without steps.

import { describe, expect, test } from 'vitest';
import { groupsOf, ONE_GROUP } from '../../tests/support/kv/cache-shapes.ts';
import { BlockCopies } from '../kv/block-copies.ts';
import { createCache } from '../kv/create-cache.ts';
import { EventRing } from '../kv/event-ring.ts';
import { Admission } from './admission.ts';
import { rankByArrival } from './policies.ts';
import { Sequence } from './sequence.ts';

function admissionOf({ blocks = 20, maxRunning = 4, maxWaiting = 2 } = {}) {
  const cache = createCache('paged', {
    groups: groupsOf(ONE_GROUP, blocks),
    blockSize: 4,
    contextLength: 40,
    maxRunning,
  });
  const admission = new Admission(cache, { maxRunning, maxWaiting, rank: rankByArrival }, new EventRing());
  const copies = new BlockCopies(1);
  let id = 0;
  const enqueue = (prompt: readonly number[], capacity = prompt.length + 4): Sequence => {
    const sequence = new Sequence(id, { prompt, capacity, arrivedAt: id++ });
    admission.enqueue(sequence);
    return sequence;
  };
  const compute = (sequence: Sequence, length: number): void => {
    cache.reserve(sequence.kv!, length, copies);
    cache.commit(sequence.kv!, sequence.tokens, length);
  };
  const end = (sequence: Sequence): void => {
    admission.remove(sequence);
    cache.release(sequence.end()!, sequence.tokens);
  };
  return { admission, enqueue, compute, end, admit: () => admission.admit(copies) };
}

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

test('`admit` admits sequences in order of arrival, at most maxRunning', () => {
  const { admission, enqueue, end, admit } = admissionOf({ maxRunning: 2 });
  const sequences = [enqueue([1]), enqueue([2]), enqueue([3])];
  admit();
  expect(sequences.map(({ state }) => state)).toEqual(['running', 'running', 'waiting']);
  expect([admission.freeSlots, admission.waitingCount]).toEqual([0, 1]);
  end(sequences[0]!);
  admit();
  expect(sequences[2]!.state).toBe('running');
});

test('a sequence that does not fit into the memory delays the sequences after it in the queue', () => {
  const { enqueue, admit } = admissionOf({ blocks: 6 });
  const [, long, short] = [enqueue(range(0, 9)), enqueue(range(100, 15)), enqueue([7])];
  admit();
  expect([long!.state, short!.state]).toEqual(['waiting', 'waiting']);
});

test('checkCapacity rejects a sequence that can never fit, and reports both lengths', () => {
  const { admission } = admissionOf({ blocks: 2 });
  const sequence = new Sequence(0, { prompt: [1], capacity: 9 });
  expect(() => admission.checkCapacity(sequence)).toThrow(
    expect.objectContaining({ code: 'kv_memory_too_small', message: expect.stringMatching(/\b9\b.*\b8\b/) }),
  );
  admission.checkCapacity(new Sequence(0, { prompt: [1], capacity: 8 }));
});

describe('checkQueue', () => {
  test('accepts maxWaiting sequences in addition to the sequences for which a slot is free', () => {
    const { admission } = admissionOf({ maxRunning: 2, maxWaiting: 1 });
    admission.checkQueue(3, 0);
    expect(() => admission.checkQueue(4, 0)).toThrow(expect.objectContaining({ code: 'busy' }));
    expect(() => admission.checkQueue(3, 1)).toThrow(expect.objectContaining({ code: 'busy' })); // one of the forks waits
  });

  test('does not count free slots while a sequence waits for memory', () => {
    const { admission, enqueue, admit } = admissionOf({ blocks: 4, maxRunning: 4, maxWaiting: 1 });
    enqueue(range(0, 9));
    enqueue(range(100, 9));
    admission.checkQueue(1, 0);
    admit();
    expect(admission.freeSlots).toBe(3);
    expect(() => admission.checkQueue(1, 0)).toThrow(/queue is full: 1 requests/);
  });
});

describe('a prefix that a running sequence computes', () => {
  test('is awaited until it is computed, while other sequences are admitted', () => {
    const { enqueue, compute, admit } = admissionOf();
    const [owner, follower, other] = [enqueue(range(0, 12)), enqueue([...range(0, 10), 99]), enqueue([50])];
    admit();
    expect([owner!.state, follower!.state, other!.state]).toEqual(['running', 'awaiting-prefix', 'running']);
    expect(follower!.awaitedPrefix).toEqual({ owner, tokens: 10 });
    compute(owner!, 9);
    admit();
    expect(follower!.state).toBe('awaiting-prefix');
    compute(owner!, 10);
    admit();
    expect([follower!.state, follower!.report?.runningTokens]).toEqual(['running', 10]);
  });

  test('is not awaited after the running sequence was removed', () => {
    const { enqueue, compute, end, admit } = admissionOf();
    const [owner, follower] = [enqueue(range(0, 12)), enqueue([...range(0, 10), 99])];
    admit();
    compute(owner!, 4);
    end(owner!);
    admit();
    expect(follower!.state).toBe('running');
    expect(follower!.cachedTokens).toBe(4);
  });

  test('is not awaited by a sequence with another salt', () => {
    const { admission, enqueue, admit } = admissionOf();
    enqueue(range(0, 12));
    const salted = new Sequence(9, { prompt: range(0, 12), capacity: 16, arrivedAt: 9, salt: 'b' });
    admission.enqueue(salted);
    admit();
    expect(salted.state).toBe('running');
  });
});

test('each preemption doubles the number of blocks reserved for the growth of running sequences', () => {
  const { admission, enqueue, admit } = admissionOf({ blocks: 8 });
  enqueue(range(0, 3)); // owns one block; the initial headroom reserves one more
  admit();
  const second = enqueue(range(100, 19)); // needs five blocks
  admission.requeuePreempted(enqueue([7]));
  admission.requeuePreempted(enqueue([8]));
  admit(); // 7 blocks are available, of which the headroom reserves 4
  expect(second.state).toBe('waiting');
});
