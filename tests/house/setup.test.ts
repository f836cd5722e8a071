// Tests how tools/setup.js detects changed inputs, and its lock, which allows one process at a time.

import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { nodeVersionError } from '../../bin/node-version.js';
import { contentFingerprint, listFiles, quickFingerprint } from '../../tools/setup/fingerprint.js';
import { withLock } from '../../tools/setup/lock.js';
import { temporaryFolderForEachTest } from '../support/temporary-folder.ts';

const folder = temporaryFolderForEachTest('setup');

it('nodeVersionError returns a message for Node before 20.19', () => {
  expect(nodeVersionError('18.20.4')).toMatch(/needs Node 20\.19 .* this is Node 18\.20\.4/);
  expect(nodeVersionError('20.18.3')).toMatch(/this is Node 20\.18\.3/);
  expect(nodeVersionError('20.19.0')).toBeUndefined();
  expect(nodeVersionError('26.0.0')).toBeUndefined();
});

it('a new modification time changes only quickFingerprint, new content changes contentFingerprint, and listFiles omits tests', () => {
  mkdirSync(join(folder(), 'src/kv'), { recursive: true });
  writeFileSync(join(folder(), 'src/kv/pool.ts'), 'one');
  writeFileSync(join(folder(), 'src/kv/pool.test.ts'), 'test');
  const files = listFiles(folder(), ['src', 'tsconfig.json']);
  expect(files).toEqual(['src/kv/pool.ts']);

  const before = [quickFingerprint(folder(), files), contentFingerprint(folder(), files)];
  utimesSync(join(folder(), 'src/kv/pool.ts'), 1, 1);
  const touched = [quickFingerprint(folder(), files), contentFingerprint(folder(), files)];
  expect(touched[0]).not.toBe(before[0]);
  expect(touched[1]).toBe(before[1]);

  writeFileSync(join(folder(), 'src/kv/pool.ts'), 'two');
  expect(contentFingerprint(folder(), files)).not.toBe(before[1]);
});

it('withLock runs one function at a time and reports the process that it waits for', async () => {
  const lock = join(folder(), 'lock');
  const events: string[] = [];
  const waits: number[] = [];
  const work = (name: string) =>
    withLock(lock, { onWait: (owner) => waits.push(owner) }, async () => {
      events.push(`${name} begins`);
      await sleep(150);
      events.push(`${name} ends`);
    });
  await Promise.all([work('first'), work('second')]);
  expect(events).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  expect(waits).toEqual([process.pid]);
  expect(existsSync(lock)).toBe(false);
});

it('withLock acquires a lock whose owner has ended', async () => {
  const lock = join(folder(), 'lock');
  mkdirSync(lock);
  writeFileSync(join(lock, 'owner'), '2147483647');
  expect(await withLock(lock, { onWait: () => {} }, async () => 'done')).toBe('done');
  expect(existsSync(lock)).toBe(false);
});

it('withLock releases the lock when the function rejects', async () => {
  const lock = join(folder(), 'lock');
  const failing = withLock(lock, { onWait: () => {} }, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  expect(existsSync(lock)).toBe(false);
});
