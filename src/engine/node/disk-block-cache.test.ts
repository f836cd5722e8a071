// Tests DiskBlockCache on the real file system, and with injected write failures.

import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FolderBlockFiles } from './block-files.ts';
import { DiskBlockCache, type DiskBlockCacheOptions } from './disk-block-cache.ts';

const CONTENT_BYTES = 1000;
const FILE_BYTES = CONTENT_BYTES + 8 + 8 + 64 + 32 + 32;
const fingerprint = 'ab'.repeat(32);
const keyOf = (n: number): string => n.toString(16).padStart(2, '0').repeat(32);
const identityOf = (n: number) => ({ fingerprint, key: keyOf(n) });
const contentOf = (n: number): Uint8Array => new Uint8Array(CONTENT_BYTES).fill(n);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-blocks-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function openCache(options: Partial<DiskBlockCacheOptions> = {}): Promise<DiskBlockCache> {
  const cache = new DiskBlockCache({
    files: new FolderBlockFiles(folder),
    limitBytes: 1e6,
    onFailure: (error) => {
      throw error;
    },
    ...options,
  });
  await cache.open();
  return cache;
}

/** Writes blocks and waits until they are stored. */
async function writeBlocks(cache: DiskBlockCache, ...blocks: readonly number[]): Promise<void> {
  for (const n of blocks) cache.write(identityOf(n), contentOf(n));
  await cache.settle();
}

const cachedBlocks = (cache: DiskBlockCache, blocks: readonly number[]): number[] =>
  blocks.filter((n) => cache.has(keyOf(n)));

const pathOf = (n: number): string => join(folder, keyOf(n).slice(0, 2), `${keyOf(n)}.kv`);

async function bytesInFolder(): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder, { recursive: true })) {
    const file = await stat(join(folder, name)).catch(() => undefined);
    if (file?.isFile()) bytes += file.size;
  }
  return bytes;
}

test('`read` returns a written block, even in a later process', async () => {
  const cache = await openCache();
  await writeBlocks(cache, 1, 2);
  expect(cache.counts).toEqual({
    usedBytes: 2 * FILE_BYTES,
    storedBlocks: 2,
    loadedBlocks: 0,
    failedBlocks: 0,
  });
  cache.close();
  expect(cache.has(keyOf(1))).toBe(false);
  const next = await openCache();
  expect(await next.read(identityOf(1))).toEqual(Buffer.from(contentOf(1)));
  expect(next.counts).toMatchObject({ usedBytes: 2 * FILE_BYTES, loadedBlocks: 1 });
});

describe('the size limit', () => {
  test('is never exceeded, because the least recently used block is evicted, even if another engine wrote the block', async () => {
    const cache = await openCache({ limitBytes: 3 * FILE_BYTES + 10 });
    await writeBlocks(cache, 1, 2, 3);
    cache.use(keyOf(1));
    await writeBlocks(cache, 4);
    expect(cachedBlocks(cache, [1, 2, 3, 4])).toEqual([1, 3, 4]);
    expect(await bytesInFolder()).toBe(3 * FILE_BYTES);
    cache.write({ fingerprint: 'cd'.repeat(32), key: keyOf(5) }, contentOf(5));
    await cache.settle();
    expect(cachedBlocks(cache, [1, 3, 4, 5])).toEqual([1, 4, 5]);
  });

  test('also applies to the blocks of an earlier process, in the order of use', async () => {
    const cache = await openCache();
    await writeBlocks(cache, 1, 2, 3, 4);
    cache.use(keyOf(2));
    cache.use(keyOf(1));
    await cache.settle();
    cache.close();
    const next = await openCache({ limitBytes: 3 * FILE_BYTES });
    expect(cachedBlocks(next, [1, 2, 3, 4])).toEqual([1, 2, 4]);
    await writeBlocks(next, 5);
    expect(cachedBlocks(next, [1, 2, 4, 5])).toEqual([1, 2, 5]);
    expect(await bytesInFolder()).toBe(3 * FILE_BYTES);
  });

  test('excludes a block that is larger than the limit, without evicting other blocks', async () => {
    const cache = await openCache({ limitBytes: 2 * FILE_BYTES });
    await writeBlocks(cache, 1);
    cache.write(identityOf(2), new Uint8Array(2 * FILE_BYTES));
    await cache.settle();
    expect(cachedBlocks(cache, [1, 2])).toEqual([1]);
  });
});

describe('a block file', () => {
  const damages: Record<string, (path: string) => Promise<void>> = {
    'with a flipped bit': async (path) => {
      const bytes = await readFile(path);
      bytes[700]! ^= 4;
      await writeFile(path, bytes);
    },
    'that is truncated': (path) => truncate(path, 500),
    'that is empty': (path) => truncate(path, 0),
    'with other content': (path) => writeFile(path, 'another text'),
    'of another engine': async (path) => {
      const files = new FolderBlockFiles(join(folder, 'other'));
      const other = await openCache({ files });
      other.write({ fingerprint: 'ef'.repeat(32), key: keyOf(1) }, contentOf(1));
      await other.settle();
      await writeFile(path, await files.read(keyOf(1)));
    },
  };
  test.each(Object.entries(damages))('%s is a cache miss and is deleted', async (_name, damage) => {
    const cache = await openCache();
    await writeBlocks(cache, 1);
    await damage(pathOf(1));
    const next = await openCache();
    expect(next.has(keyOf(1))).toBe(true);
    expect(await next.read(identityOf(1))).toBeUndefined();
    expect(next.has(keyOf(1))).toBe(false);
    expect(next.counts).toMatchObject({ usedBytes: 0, loadedBlocks: 0, failedBlocks: 1 });
    await expect(stat(pathOf(1))).rejects.toMatchObject({ code: 'ENOENT' });
    await writeBlocks(next, 1);
    expect(await next.read(identityOf(1))).toEqual(Buffer.from(contentOf(1)));
  });

  test('that was deleted is a cache miss', async () => {
    const cache = await openCache();
    await writeBlocks(cache, 1);
    await rm(pathOf(1));
    expect(await cache.read(identityOf(1))).toBeUndefined();
    expect(cache.has(keyOf(1))).toBe(false);
  });
});

test('DiskBlockCache neither counts nor changes files with other names', async () => {
  const names = ['notes.txt', 'ab/notes.kv', `cd/${keyOf(1)}.kv`, `01/${keyOf(1)}.kv.bak`, '01/x/y'];
  for (const name of names) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), 'mine');
  }
  const cache = await openCache({ limitBytes: FILE_BYTES });
  expect(cache.counts.usedBytes).toBe(0);
  await writeBlocks(cache, 1, 2);
  for (const name of names) expect(await readFile(join(folder, name), 'utf8')).toBe('mine');
});

test('`open` deletes incomplete files', async () => {
  await mkdir(join(folder, 'incomplete'));
  await writeFile(join(folder, 'incomplete', keyOf(1)), 'half a block');
  await openCache();
  expect(await readdir(join(folder, 'incomplete'))).toEqual([]);
});

test('DiskBlockCache writes blocks again after the folder was emptied', async () => {
  const cache = await openCache();
  await writeBlocks(cache, 1);
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
  expect(await cache.read(identityOf(1))).toBeUndefined();
  await writeBlocks(cache, 1, 2);
  expect(await cache.read(identityOf(1))).toEqual(Buffer.from(contentOf(1)));
});

test('modification times determine the eviction order, even if they are in the future', async () => {
  const cache = await openCache();
  await writeBlocks(cache, 1, 2, 3);
  await utimes(pathOf(1), 4e9, 4e9);
  await utimes(pathOf(3), 1, 1);
  const next = await openCache({ limitBytes: 3 * FILE_BYTES });
  await writeBlocks(next, 4, 5);
  expect(cachedBlocks(next, [1, 2, 3, 4, 5])).toEqual([1, 4, 5]);
});

/** Files whose writes first wait for `delay`, and then fail while `isBroken` is true. */
class FaultyFolder extends FolderBlockFiles {
  isBroken = false;
  delay: Promise<void> = Promise.resolve();
  writeAttempts = 0;

  override async write(...args: Parameters<FolderBlockFiles['write']>): Promise<void> {
    this.writeAttempts++;
    await this.delay;
    if (this.isBroken) throw Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write' });
    await super.write(...args);
  }
}

describe('a faulty disk', () => {
  test('that is full is reported once, and suspends writing but not reading', async () => {
    const failures: unknown[] = [];
    const files = new FaultyFolder(folder);
    const cache = await openCache({ files, retryAfterMs: 50, onFailure: (error) => failures.push(error) });
    await writeBlocks(cache, 1);
    files.isBroken = true;
    await writeBlocks(cache, 2, 3, 4);
    expect([files.writeAttempts, cache.acceptsBlocks]).toEqual([2, false]);
    await writeBlocks(cache, 5);
    expect(files.writeAttempts).toBe(2);
    expect(await cache.read(identityOf(1))).toEqual(Buffer.from(contentOf(1)));
    await cache.busy;
    await writeBlocks(cache, 6);
    expect([files.writeAttempts, failures.length]).toEqual([3, 1]);
    await cache.busy;
    files.isBroken = false;
    await writeBlocks(cache, 7);
    expect(cachedBlocks(cache, [1, 2, 3, 4, 5, 6, 7])).toEqual([1, 7]);
    expect(cache.counts).toMatchObject({ storedBlocks: 2, failedBlocks: 2 });
    files.isBroken = true;
    await writeBlocks(cache, 8);
    expect(failures).toHaveLength(2); // reported again, because a write has succeeded since the first report
  });

  test('that is slow does not make the queue exceed its limit', async () => {
    const files = new FaultyFolder(folder);
    let resume = (): void => {};
    files.delay = new Promise((resolve) => {
      resume = resolve;
    });
    const cache = await openCache({ files, queueBytes: 2 * FILE_BYTES });
    cache.write(identityOf(1), contentOf(1));
    expect(cache.busy).toBeUndefined();
    cache.write(identityOf(2), contentOf(2));
    expect(cache.busy).toBeInstanceOf(Promise);
    let isWritable = false;
    const writable = cache.busy!.then(() => {
      isWritable = true;
    });
    await sleep(20);
    expect(isWritable).toBe(false);
    resume();
    await cache.settle();
    await writable;
    expect([isWritable, cache.busy]).toEqual([true, undefined]);
    expect(cachedBlocks(cache, [1, 2])).toEqual([1, 2]);
  });
});
