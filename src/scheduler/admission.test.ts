// Admission over a real paged cache: blocks of 4 tokens, no steps.

import { describe, expect, test } from 'vitest';
import { groupsOf, ONE_GROUP } from '../../tests/support/kv/cache-shapes.ts';
import { BlockCopies } from '../kv/block-copies.ts';
import { createCache } from '../kv/create-cache.ts';
import { EventRing } from '../kv/event-ring.ts';
import { Admission } from './admission.ts';
import { firstCome } from './policies.ts';
import { Sequence } from './sequence.ts';

function admissionOf({ blocks = 20, maxRunning = 4, maxWaiting = 2 } = {}) {
  const cache = createCache('paged', {
    groups: groupsOf(ONE_GROUP, blocks),
    blockSize: 4,
    contextLength: 40,
    maxRunning,
  });
  const admission = new Admission(cache, { maxRunning, maxWaiting, rank: firstCome }, new EventRing());
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

test('sequences run in order of arrival, up to the limit', () => {
  const { admission, enqueue, end, admit } = admissionOf({ maxRunning: 2 });
  const all = [enqueue([1]), enqueue([2]), enqueue([3])];
  admit();
  expect(all.map(({ state }) => state)).toEqual(['running', 'running', 'waiting']);
  expect([admission.freeSlots, admission.waitingCount]).toEqual([0, 1]);
  end(all[0]!);
  admit();
  expect(all[2]!.state).toBe('running');
});

test('a sequence that does not fit holds back those behind it', () => {
  const { enqueue, admit } = admissionOf({ blocks: 6 });
  const [, long, short] = [enqueue(range(0, 9)), enqueue(range(100, 15)), enqueue([7])];
  admit();
  expect([long!.state, short!.state]).toEqual(['waiting', 'waiting']);
});

test('a sequence that can never fit is rejected with both lengths', () => {
  const { admission } = admissionOf({ blocks: 2 });
  const sequence = new Sequence(0, { prompt: [1], capacity: 9 });
  expect(() => admission.checkFits(sequence)).toThrow(
    expect.objectContaining({ code: 'kv_memory_too_small', message: expect.stringMatching(/\b9\b.*\b8\b/) }),
  );
  admission.checkFits(new Sequence(0, { prompt: [1], capacity: 8 }));
});

describe('the queue', () => {
  test('holds its maximum beside the sequences that can run at once', () => {
    const { admission } = admissionOf({ maxRunning: 2, maxWaiting: 1 });
    admission.checkQueue(3, 0);
    expect(() => admission.checkQueue(4, 0)).toThrow(expect.objectContaining({ code: 'busy' }));
    expect(() => admission.checkQueue(3, 1)).toThrow(expect.objectContaining({ code: 'busy' })); // a fork waits too
  });

  test('counts free slots only while no sequence waits for memory', () => {
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
  test('is awaited until it is computed, while others are admitted', () => {
    const { enqueue, compute, admit } = admissionOf();
    const [owner, same, other] = [enqueue(range(0, 12)), enqueue([...range(0, 10), 99]), enqueue([50])];
    admit();
    expect([owner!.state, same!.state, other!.state]).toEqual(['running', 'awaiting-prefix', 'running']);
    expect(same!.awaits).toEqual({ owner, tokens: 10 });
    compute(owner!, 9);
    admit();
    expect(same!.state).toBe('awaiting-prefix');
    compute(owner!, 10);
    admit();
    expect([same!.state, same!.report?.runningTokens]).toEqual(['running', 10]);
  });

  test('is not awaited when its owner was removed', () => {
    const { enqueue, compute, end, admit } = admissionOf();
    const [owner, same] = [enqueue(range(0, 12)), enqueue([...range(0, 10), 99])];
    admit();
    compute(owner!, 4);
    end(owner!);
    admit();
    expect(same!.state).toBe('running');
    expect(same!.cachedTokens).toBe(4);
  });

  test('is not awaited under another salt', () => {
    const { admission, enqueue, admit } = admissionOf();
    enqueue(range(0, 12));
    const salted = new Sequence(9, { prompt: range(0, 12), capacity: 16, arrivedAt: 9, salt: 'b' });
    admission.enqueue(salted);
    admit();
    expect(salted.state).toBe('running');
  });
});

test('each preemption doubles the blocks reserved for growth', () => {
  const { admission, enqueue, admit } = admissionOf({ blocks: 8 });
  enqueue(range(0, 3)); // one block; its growth takes one with the first headroom
  admit();
  const second = enqueue(range(100, 19)); // five blocks
  admission.requeuePreempted(enqueue([7]));
  admission.requeuePreempted(enqueue([8]));
  admit(); // headroom 4: 7 available blocks less 4 are too few
  expect(second.state).toBe('waiting');
});
