// The lock of a blob is exclusive, is released after failures, and reports an error if it cannot be created.

import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withBlobLock } from './blob-lock.ts';

const TIMING = { pollMs: 5 };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-lock-'));
  path = join(folder, 'locks', 'a.quire.lock');
});
afterEach(() => rm(folder, { recursive: true }));

const withLock = <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> =>
  withBlobLock(path, { timing: TIMING, signal }, work);

test('withBlobLock runs one task at a time, even within one process, and leaves one empty file', async () => {
  let runningCount = 0;
  let maxRunning = 0;
  const work = async (): Promise<void> => {
    maxRunning = Math.max(maxRunning, ++runningCount);
    await sleep(10);
    runningCount--;
  };
  await Promise.all(Array.from({ length: 5 }, () => withLock(work)));
  expect(maxRunning).toBe(1);
  expect(await readdir(join(folder, 'locks'))).toEqual(['a.quire.lock']);
});

test('withBlobLock releases the lock if the task fails', async () => {
  await expect(withLock(() => Promise.reject(new Error('x')))).rejects.toThrow('x');
  expect(await withLock(async () => 7)).toBe(7);
});

test('a signal aborts the wait for a lock', async () => {
  await withLock(async () => {
    const timeout = AbortSignal.timeout(30);
    await expect(withLock(async () => 7, timeout)).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

test('withBlobLock rejects if the lock file cannot be created', async () => {
  await writeFile(join(folder, 'locks'), '');
  await expect(withLock(async () => 7)).rejects.toMatchObject({ code: 'cache_unwritable' });
});
