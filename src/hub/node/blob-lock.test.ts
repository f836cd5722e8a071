// Who writes a blob, who waits, and what a file system that has no locks says.

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

test('one at a time, in the same process too, and one empty file is left', async () => {
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

test('is given back when the work fails', async () => {
  await expect(withLock(() => Promise.reject(new Error('x')))).rejects.toThrow('x');
  expect(await withLock(async () => 7)).toBe(7);
});

test('who waits may stop waiting', async () => {
  await withLock(async () => {
    const soon = AbortSignal.timeout(30);
    await expect(withLock(async () => 7, soon)).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

test('where no lock can be is an error, not a wait', async () => {
  await writeFile(join(folder, 'locks'), '');
  await expect(withLock(async () => 7)).rejects.toMatchObject({ code: 'cache_unwritable' });
});
