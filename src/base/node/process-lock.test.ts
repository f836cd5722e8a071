// Ownership of a lock within a process and between processes. The tests of the hub's blob lock cover waiting and races.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ProcessLock } from './process-lock.ts';

const HOLDER = fileURLToPath(new URL('../../../tests/support/lock-holder.ts', import.meta.url));
const tryAcquire = (): Promise<ProcessLock | undefined> => ProcessLock.tryAcquire(path, 0o600);

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-lock-'));
  path = join(folder, 'owner.lock');
});
afterEach(() => rm(folder, { recursive: true }));

async function startHolder(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), HOLDER, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout!, 'data');
  expect(String(line)).toBe('acquired\n');
  return child;
}

test('a lock has one owner at a time, even within one process', async () => {
  const first = await tryAcquire();
  expect([await tryAcquire(), await tryAcquire()]).toEqual([undefined, undefined]);
  await first!.release();
  await first!.release(); // has no effect
  const second = await tryAcquire();
  expect(await tryAcquire()).toBeUndefined(); // the second release did not release the lock of the next owner
  await second!.release();
  expect(await readdir(folder)).toEqual(['owner.lock']);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('exactly one of many concurrent calls of tryAcquire succeeds', async () => {
  const locks = await Promise.all(Array.from({ length: 8 }, tryAcquire));
  const acquired = locks.filter((lock) => lock !== undefined);
  expect(acquired).toHaveLength(1);
  await acquired[0]!.release();
});

test('a suspended process keeps its lock, and a killed process loses it', {
  timeout: 60_000,
}, async () => {
  const holder = await startHolder();
  try {
    holder.kill('SIGSTOP');
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(path, longAgo, longAgo);
    expect(await tryAcquire()).toBeUndefined();
    holder.kill('SIGCONT');
    expect(await tryAcquire()).toBeUndefined();
  } finally {
    holder.kill('SIGKILL');
    await once(holder, 'close');
  }
  const lock = await tryAcquire();
  expect(lock).toBeDefined();
  await lock!.release();
});

test('tryAcquire rejects if the file cannot be created', async () => {
  path = join(folder, 'nowhere', 'owner.lock');
  await expect(tryAcquire()).rejects.toMatchObject({ code: 'ENOENT' });
});
