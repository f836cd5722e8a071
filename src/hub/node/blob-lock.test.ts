import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withBlobLock } from './blob-lock.ts';

const TIMING = { heartbeatMs: 20, quietMs: 150, silentMs: 60_000, pollMs: 5 };
const NO_PROCESS = 2 ** 30; // above any process id

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-lock-'));
  path = join(folder, 'locks', 'a.quire');
});
afterEach(() => rm(folder, { recursive: true }));

const withLock = <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> =>
  withBlobLock(path, { timing: TIMING, signal }, work);

/** A lock that somebody else holds, last touched some time ago. */
async function leaveLock(owner: object | undefined, ageMs: number): Promise<void> {
  await mkdir(path, { recursive: true });
  if (owner !== undefined) await writeFile(join(path, 'owner'), JSON.stringify(owner));
  const then = new Date(Date.now() - ageMs);
  await utimes(path, then, then);
}

test('one at a time, in the same process too, and nothing is left', async () => {
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await sleep(10);
    inside--;
  };
  await Promise.all(Array.from({ length: 5 }, () => withLock(work)));
  expect(most).toBe(1);
  expect(await readdir(join(folder, 'locks'))).toEqual([]);
});

test('is given back when the work fails', async () => {
  await expect(withLock(() => Promise.reject(new Error('x')))).rejects.toThrow('x');
  expect(await withLock(async () => 7)).toBe(7);
});

test.each([
  ['of a dead process', { pid: NO_PROCESS, host: hostname(), id: 'x' }, TIMING.quietMs],
  ['that nobody has written his name in', undefined, TIMING.quietMs],
  ['of a living process that is silent', { pid: process.pid, host: hostname(), id: 'x' }, TIMING.silentMs],
  ['of another machine that is silent', { pid: 1, host: 'elsewhere', id: 'x' }, TIMING.silentMs],
])('a lock %s is taken over, but not before its time', async (_name, owner, ms) => {
  await leaveLock(owner, ms + 1000);
  expect(await withLock(async () => 7)).toBe(7);
  await leaveLock(owner, 0);
  const soon = AbortSignal.timeout(50);
  await expect(withLock(async () => 7, soon)).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(await readdir(join(folder, 'locks'))).toEqual(['a.quire']);
});

test('many that find a stale lock take it over one after the other', async () => {
  await leaveLock({ pid: NO_PROCESS, host: hostname(), id: 'x' }, 10_000);
  let inside = 0;
  const work = async (): Promise<number> => {
    const there = ++inside;
    await sleep(3);
    inside--;
    return there;
  };
  expect(await Promise.all(Array.from({ length: 8 }, () => withLock(work)))).toEqual(Array(8).fill(1));
});

test('the owner touches it while he works', async () => {
  await withLock(async () => {
    const then = new Date(0);
    await utimes(path, then, then);
    await expect.poll(async () => (await stat(path)).mtimeMs).toBeGreaterThan(1000);
  });
});

test('who lost the lock does not take it from the next', async () => {
  await withLock(async () => {
    await rm(path, { recursive: true });
    await leaveLock({ pid: process.pid, host: hostname(), id: 'next' }, 0);
  });
  expect(await readdir(join(folder, 'locks'))).toEqual(['a.quire']);
});

test('where no lock can be is an error, not a wait', async () => {
  await writeFile(join(folder, 'locks'), '');
  await expect(withLock(async () => 7)).rejects.toMatchObject({ code: 'cache_unwritable' });
});
