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
const take = (): Promise<ProcessLock | undefined> => ProcessLock.take(path, 0o600);

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
  const [said] = await once(child.stdout!, 'data');
  expect(String(said)).toBe('taken\n');
  return child;
}

test('there is one owner, within a process too, until the lock is released', async () => {
  const first = await take();
  expect([await take(), await take()]).toEqual([undefined, undefined]);
  await first!.release();
  await first!.release(); // has no effect
  const second = await take();
  expect(await take()).toBeUndefined(); // nor on the next owner's lock
  await second!.release();
  expect(await readdir(folder)).toEqual(['owner.lock']);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('of many concurrent attempts one succeeds', async () => {
  const asked = await Promise.all(Array.from({ length: 8 }, take));
  const given = asked.filter((lock) => lock !== undefined);
  expect(given).toHaveLength(1);
  await given[0]!.release();
});

test('a suspended process keeps its lock, a killed one loses it', {
  timeout: 60_000,
}, async () => {
  const holder = await startHolder();
  try {
    holder.kill('SIGSTOP');
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(path, longAgo, longAgo);
    expect(await take()).toBeUndefined();
    holder.kill('SIGCONT');
    expect(await take()).toBeUndefined();
  } finally {
    holder.kill('SIGKILL');
    await once(holder, 'close');
  }
  const lock = await take();
  expect(lock).toBeDefined();
  await lock!.release();
});

test('a path where no file can be created is an error', async () => {
  path = join(folder, 'nowhere', 'owner.lock');
  await expect(take()).rejects.toMatchObject({ code: 'ENOENT' });
});
