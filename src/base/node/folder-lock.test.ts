// Who has a lock, who lives, and who may take it over. That of blobs tests waiting and racing.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FolderLock, lockState } from './folder-lock.ts';
import { type Owner, ownerNow } from './lock-owner.ts';

const TIMING = { heartbeatMs: 20, quietMs: 60_000, silentMs: 60_000 };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-lock-'));
  path = join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true }));

async function leaveLock(owner: object, ageMs = 0): Promise<void> {
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'owner'), JSON.stringify(owner));
  const then = new Date(Date.now() - ageMs);
  await utimes(path, then, then);
}

/** A process id that was given out a moment ago, and whose process has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid!;
}

test('one has it, in the same process too, until it is given back', async () => {
  const first = await FolderLock.take(path, TIMING);
  expect(first!.held).toBe(true);
  expect([await FolderLock.take(path, TIMING), await lockState(path, TIMING)]).toEqual([undefined, 'held']);
  await first!.release();
  expect([first!.held, await lockState(path, TIMING)]).toEqual([false, 'free']);
  const second = await FolderLock.take(path, TIMING);
  await second!.release();
  expect(await readdir(folder)).toEqual([]);
});

test("a dead process's lock is taken at once", async () => {
  const me = await ownerNow('x');
  await leaveLock({ ...me, pid: await deadPid() });
  await (await FolderLock.take(path, TIMING))!.release();
});

test.runIf(process.platform === 'linux')('so is one whose process id was given again', async () => {
  const me = await ownerNow('x');
  await leaveLock({ ...me, born: me.born!.replace(/\d+$/, '1') });
  await (await FolderLock.take(path, TIMING))!.release();
  const [, started] = me.born!.split(' ');
  await leaveLock({ ...me, born: `an-earlier-start-of-the-machine ${started}` });
  await (await FolderLock.take(path, TIMING))!.release();
});

const UNSEEN: readonly [string, (me: Owner) => object][] = [
  ['in another container', (me) => ({ ...me, pid: 2 ** 30, space: 'pid:[1]' })],
  ['on another machine', (me) => ({ ...me, host: `not-${hostname()}` })],
  ['who did not say where he is', () => ({ pid: 2 ** 30, host: hostname(), id: 'x' })],
];
test.each(UNSEEN)('of an owner %s nothing is sure until he was silent for long', async (_name, ownerOf) => {
  const owner = ownerOf(await ownerNow('x'));
  await leaveLock(owner);
  expect([await FolderLock.take(path, TIMING), await lockState(path, TIMING)]).toEqual([undefined, 'unsure']);
  await leaveLock(owner, 61_000);
  await (await FolderLock.take(path, TIMING))!.release();
});

test('who lost it notices, and does not take it from the next', async () => {
  const lock = await FolderLock.take(path, TIMING);
  await rm(path, { recursive: true });
  await leaveLock(await ownerNow('next'));
  await expect.poll(() => lock!.held).toBe(false);
  await lock!.release();
  expect(JSON.parse(await readFile(join(path, 'owner'), 'utf8'))).toMatchObject({ id: 'next' });
});
