// The block cache on a real file system, and on one with injected failures.

import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FolderBlockFiles } from './block-files.ts';
import { DiskBlockCache, type DiskBlockCacheOptions } from './disk-block-cache.ts';

const CONTENT = 1000;
const FILE = CONTENT + 8 + 8 + 64 + 32 + 32;
const fingerprint = 'ab'.repeat(32);
const keyOf = (n: number): string => n.toString(16).padStart(2, '0').repeat(32);
const identityOf = (n: number) => ({ fingerprint, key: keyOf(n) });
const contentOf = (n: number): Uint8Array => new Uint8Array(CONTENT).fill(n);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-blocks-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function openStore(options: Partial<DiskBlockCacheOptions> = {}): Promise<DiskBlockCache> {
  const store = new DiskBlockCache({
    files: new FolderBlockFiles(folder),
    limitBytes: 1e6,
    onFailure: (error) => {
      throw error;
    },
    ...options,
  });
  await store.open();
  return store;
}

async function fill(store: DiskBlockCache, ...blocks: readonly number[]): Promise<void> {
  for (const n of blocks) store.write(identityOf(n), contentOf(n));
  await store.settle();
}

const held = (store: DiskBlockCache, blocks: readonly number[]): number[] =>
  blocks.filter((n) => store.has(keyOf(n)));

const pathOf = (n: number): string => join(folder, keyOf(n).slice(0, 2), `${keyOf(n)}.kv`);

async function bytesInFolder(): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder, { recursive: true })) {
    const file = await stat(join(folder, name)).catch(() => undefined);
    if (file?.isFile()) bytes += file.size;
  }
  return bytes;
}

test('a written block is read, also by the next process', async () => {
  const store = await openStore();
  await fill(store, 1, 2);
  expect(store.counts).toEqual({ usedBytes: 2 * FILE, storedBlocks: 2, loadedBlocks: 0, failedBlocks: 0 });
  store.close();
  expect(store.has(keyOf(1))).toBe(false);
  const next = await openStore();
  expect(await next.read(identityOf(1))).toEqual(Buffer.from(contentOf(1)));
  expect(next.counts).toMatchObject({ usedBytes: 2 * FILE, loadedBlocks: 1 });
});

describe('the size limit', () => {
  test('is never exceeded: the least recently used block is evicted, whichever engine wrote it', async () => {
    const store = await openStore({ limitBytes: 3 * FILE + 10 });
    await fill(store, 1, 2, 3);
    store.use(keyOf(1));
    await fill(store, 4);
    expect(held(store, [1, 2, 3, 4])).toEqual([1, 3, 4]);
    expect(await bytesInFolder()).toBe(3 * FILE);
    store.write({ fingerprint: 'cd'.repeat(32), key: keyOf(5) }, contentOf(5));
    await store.settle();
    expect(held(store, [1, 3, 4, 5])).toEqual([1, 4, 5]);
  });

  test('applies to the blocks of an earlier process in their order of use', async () => {
    const store = await openStore();
    await fill(store, 1, 2, 3, 4);
    store.use(keyOf(2));
    store.use(keyOf(1));
    await store.settle();
    store.close();
    const next = await openStore({ limitBytes: 3 * FILE });
    expect(held(next, [1, 2, 3, 4])).toEqual([1, 2, 4]);
    await fill(next, 5);
    expect(held(next, [1, 2, 4, 5])).toEqual([1, 2, 5]);
    expect(await bytesInFolder()).toBe(3 * FILE);
  });

  test('rejects a block that is larger, without evicting others', async () => {
    const store = await openStore({ limitBytes: 2 * FILE });
    await fill(store, 1);
    store.write(identityOf(2), new Uint8Array(2 * FILE));
    await store.settle();
    expect(held(store, [1, 2])).toEqual([1]);
  });
});

describe('an invalid block file', () => {
  const damage: Record<string, (path: string) => Promise<void>> = {
    'with a flipped bit': async (path) => {
      const bytes = await readFile(path);
      bytes[700]! ^= 4;
      await writeFile(path, bytes);
    },
    truncated: (path) => truncate(path, 500),
    empty: (path) => truncate(path, 0),
    'with other content': (path) => writeFile(path, 'a shopping list'),
    'of another engine': async (path) => {
      const files = new FolderBlockFiles(join(folder, 'other'));
      const other = await openStore({ files });
      other.write({ fingerprint: 'ef'.repeat(32), key: keyOf(1) }, contentOf(1));
      await other.settle();
      await writeFile(path, await files.read(keyOf(1)));
    },
  };
  test.each(Object.entries(damage))('%s is a miss, and is deleted', async (_name, harm) => {
    const store = await openStore();
    await fill(store, 1);
    await harm(pathOf(1));
    const next = await openStore();
    expect(next.has(keyOf(1))).toBe(true);
    expect(await next.read(identityOf(1))).toBeUndefined();
    expect(next.has(keyOf(1))).toBe(false);
    expect(next.counts).toMatchObject({ usedBytes: 0, loadedBlocks: 0, failedBlocks: 1 });
    await expect(stat(pathOf(1))).rejects.toMatchObject({ code: 'ENOENT' });
    await fill(next, 1);
    expect(await next.read(identityOf(1))).toEqual(Buffer.from(contentOf(1)));
  });

  test('deleted is a miss', async () => {
    const store = await openStore();
    await fill(store, 1);
    await rm(pathOf(1));
    expect(await store.read(identityOf(1))).toBeUndefined();
    expect(store.has(keyOf(1))).toBe(false);
  });
});

test('files with other names are neither counted nor changed', async () => {
  const names = ['notes.txt', 'ab/notes.kv', `cd/${keyOf(1)}.kv`, `01/${keyOf(1)}.kv.bak`, '01/x/y'];
  for (const name of names) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), 'mine');
  }
  const store = await openStore({ limitBytes: FILE });
  expect(store.counts.usedBytes).toBe(0);
  await fill(store, 1, 2);
  for (const name of names) expect(await readFile(join(folder, name), 'utf8')).toBe('mine');
});

test('incomplete files are deleted at the start', async () => {
  await mkdir(join(folder, 'incomplete'));
  await writeFile(join(folder, 'incomplete', keyOf(1)), 'half a block');
  await openStore();
  expect(await readdir(join(folder, 'incomplete'))).toEqual([]);
});

test('blocks are written again after the folder was emptied', async () => {
  const store = await openStore();
  await fill(store, 1);
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
  expect(await store.read(identityOf(1))).toBeUndefined();
  await fill(store, 1, 2);
  expect(await store.read(identityOf(1))).toEqual(Buffer.from(contentOf(1)));
});

test('modification times determine only the eviction order, even if they are in the future', async () => {
  const store = await openStore();
  await fill(store, 1, 2, 3);
  await utimes(pathOf(1), 4e9, 4e9);
  await utimes(pathOf(3), 1, 1);
  const next = await openStore({ limitBytes: 3 * FILE });
  await fill(next, 4, 5);
  expect(held(next, [1, 2, 3, 4, 5])).toEqual([1, 4, 5]);
});

/** Writes fail while `broken`, and wait for `wait`. */
class FaultyFolder extends FolderBlockFiles {
  broken = false;
  wait: Promise<void> = Promise.resolve();
  attempts = 0;

  override async write(...args: Parameters<FolderBlockFiles['write']>): Promise<void> {
    this.attempts++;
    await this.wait;
    if (this.broken) throw Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write' });
    await super.write(...args);
  }
}

describe('a faulty disk', () => {
  test('that is full is reported once, writes pause, and reads continue', async () => {
    const failures: unknown[] = [];
    const files = new FaultyFolder(folder);
    const store = await openStore({ files, retryAfterMs: 50, onFailure: (error) => failures.push(error) });
    await fill(store, 1);
    files.broken = true;
    await fill(store, 2, 3, 4);
    expect([files.attempts, store.writes]).toEqual([2, false]);
    await fill(store, 5);
    expect(files.attempts).toBe(2);
    expect(await store.read(identityOf(1))).toEqual(Buffer.from(contentOf(1)));
    await store.busy;
    await fill(store, 6);
    expect([files.attempts, failures.length]).toEqual([3, 1]);
    await store.busy;
    files.broken = false;
    await fill(store, 7);
    expect(held(store, [1, 2, 3, 4, 5, 6, 7])).toEqual([1, 7]);
    expect(store.counts).toMatchObject({ storedBlocks: 2, failedBlocks: 2 });
    files.broken = true;
    await fill(store, 8);
    expect(failures).toHaveLength(2); // a success in between ends the first failure
  });

  test('that is slow does not let the queue exceed its limit', async () => {
    const files = new FaultyFolder(folder);
    let resume = (): void => {};
    files.wait = new Promise((resolve) => {
      resume = resolve;
    });
    const store = await openStore({ files, queueBytes: 2 * FILE });
    store.write(identityOf(1), contentOf(1));
    expect(store.busy).toBeUndefined();
    store.write(identityOf(2), contentOf(2));
    expect(store.busy).toBeInstanceOf(Promise);
    let isFree = false;
    const freed = store.busy!.then(() => {
      isFree = true;
    });
    await sleep(20);
    expect(isFree).toBe(false);
    resume();
    await store.settle();
    await freed;
    expect([isFree, store.busy]).toEqual([true, undefined]);
    expect(held(store, [1, 2])).toEqual([1, 2]);
  });
});
