import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PendingWrites } from './pending-writes.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('`attempt` retries a failed write until it succeeds', async () => {
  const writes = new PendingWrites();
  let attempts = 0;
  await writes.attempt('c', async () => {
    if (++attempts < 3) throw new Error('busy');
  });
  expect(writes.has('c')).toBe(true);
  await vi.advanceTimersByTimeAsync(5_000);
  expect([attempts, writes.has('c')]).toEqual([3, false]);
});

test('the writes of a conversation run in order: a write waits until the preceding write has succeeded', async () => {
  const writes = new PendingWrites();
  const done: string[] = [];
  let databaseFails = true;
  await writes.attempt('c', async () => {
    if (databaseFails) throw new Error('busy');
    done.push('first');
  });
  await writes.attempt('c', async () => done.push('second'));
  expect(done).toEqual([]);
  databaseFails = false;
  await writes.flush('c');
  expect(done).toEqual(['first', 'second']);
});

test('`flush` rejects with the error and keeps the write in the queue; `discard` removes the write', async () => {
  const writes = new PendingWrites();
  writes.queue('c', () => Promise.reject(new Error('busy')));
  await expect(writes.flush('c')).rejects.toThrow('busy');
  expect(writes.has('c')).toBe(true);
  writes.discard('c');
  await writes.flush('c');
  writes.close();
});
