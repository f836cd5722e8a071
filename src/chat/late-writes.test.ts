import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LateWrites } from './late-writes.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a failed write is retried until it succeeds', async () => {
  const writes = new LateWrites();
  let attempts = 0;
  await writes.now('c', async () => {
    if (++attempts < 3) throw new Error('busy');
  });
  expect(writes.has('c')).toBe(true);
  await vi.advanceTimersByTimeAsync(5_000);
  expect([attempts, writes.has('c')]).toEqual([3, false]);
});

test('writes of a conversation keep their order: a later one waits for an earlier one', async () => {
  const writes = new LateWrites();
  const done: string[] = [];
  let fails = true;
  await writes.now('c', async () => {
    if (fails) throw new Error('busy');
    done.push('first');
  });
  await writes.now('c', async () => done.push('second'));
  expect(done).toEqual([]);
  fails = false;
  await writes.flush('c');
  expect(done).toEqual(['first', 'second']);
});

test('flush rejects with the error and keeps the write; forget drops it', async () => {
  const writes = new LateWrites();
  writes.keep('c', () => Promise.reject(new Error('busy')));
  await expect(writes.flush('c')).rejects.toThrow('busy');
  expect(writes.has('c')).toBe(true);
  writes.forget('c');
  await writes.flush('c');
  writes.close();
});
