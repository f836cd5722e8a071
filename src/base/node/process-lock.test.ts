// Who has a lock, how long, and what another process sees of it. That of blobs tests waiting and racing.

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

test('one has it, in the same process too, until it is given back', async () => {
  const first = await take();
  expect([await take(), await take()]).toEqual([undefined, undefined]);
  await first!.release();
  await first!.release(); // of no effect
  const second = await take();
  expect(await take()).toBeUndefined(); // nor on the next one's
  await second!.release();
  expect(await readdir(folder)).toEqual(['owner.lock']);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('of many who ask at once one is given it', async () => {
  const asked = await Promise.all(Array.from({ length: 8 }, take));
  const given = asked.filter((lock) => lock !== undefined);
  expect(given).toHaveLength(1);
  await given[0]!.release();
});

test('a process has it while it lives, however long it was silent, and no longer', {
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

test('where no lock can be is an error', async () => {
  path = join(folder, 'nowhere', 'owner.lock');
  await expect(take()).rejects.toMatchObject({ code: 'ENOENT' });
});
