// The parts of the set-up that protect a checkout: what counts as changed, and one set-up at a time.

import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tooOld } from '../../bin/node-version.js';
import { contentPrint, listFiles, quickPrint } from '../../tools/setup/fingerprint.js';
import { withLock } from '../../tools/setup/lock.js';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'quire-setup-'));
});

afterEach(() => rmSync(root, { recursive: true }));

it('says which Node is too old', () => {
  expect(tooOld('18.20.4')).toMatch(/needs Node 20\.19 .* this is Node 18\.20\.4/);
  expect(tooOld('20.18.3')).toBeDefined();
  expect(tooOld('20.19.0')).toBeUndefined();
  expect(tooOld('26.0.0')).toBeUndefined();
});

it('tells a touched file from a changed one, and leaves tests out', () => {
  mkdirSync(join(root, 'src/kv'), { recursive: true });
  writeFileSync(join(root, 'src/kv/pool.ts'), 'one');
  writeFileSync(join(root, 'src/kv/pool.test.ts'), 'test');
  const files = listFiles(root, ['src', 'tsconfig.json']);
  expect(files).toEqual(['src/kv/pool.ts']);

  const before = [quickPrint(root, files), contentPrint(root, files)];
  utimesSync(join(root, 'src/kv/pool.ts'), 1, 1);
  const touched = [quickPrint(root, files), contentPrint(root, files)];
  expect(touched[0]).not.toBe(before[0]);
  expect(touched[1]).toBe(before[1]);

  writeFileSync(join(root, 'src/kv/pool.ts'), 'two');
  expect(contentPrint(root, files)).not.toBe(before[1]);
});

it('lets one work at a time and tells the other whom it waits for', async () => {
  const lock = join(root, 'lock');
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

it('takes over a lock whose owner is dead', async () => {
  const lock = join(root, 'lock');
  mkdirSync(lock);
  writeFileSync(join(lock, 'owner'), '2147483647');
  expect(await withLock(lock, { onWait: () => {} }, async () => 'done')).toBe('done');
  expect(existsSync(lock)).toBe(false);
});

it('frees the lock when the work fails', async () => {
  const lock = join(root, 'lock');
  const failing = withLock(lock, { onWait: () => {} }, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  expect(existsSync(lock)).toBe(false);
});
