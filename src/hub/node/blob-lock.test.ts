// The lock of a blob: exclusive, released after failures, and an error where it cannot be created.

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

test('excludes others, also in the same process, and leaves one empty file', async () => {
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await sleep(10);
    inside--;
  };
  await Promise.all(Array.from({ length: 5 }, () => withLock(work)));
  expect(most).toBe(1);
  expect(await readdir(join(folder, 'locks'))).toEqual(['a.quire.lock']);
});

test('is released if the work fails', async () => {
  await expect(withLock(() => Promise.reject(new Error('x')))).rejects.toThrow('x');
  expect(await withLock(async () => 7)).toBe(7);
});

test('waiting can be aborted', async () => {
  await withLock(async () => {
    const soon = AbortSignal.timeout(30);
    await expect(withLock(async () => 7, soon)).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

test('a lock that cannot be created is an error', async () => {
  await writeFile(join(folder, 'locks'), '');
  await expect(withLock(async () => 7)).rejects.toMatchObject({ code: 'cache_unwritable' });
});
