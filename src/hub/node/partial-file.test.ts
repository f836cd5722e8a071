import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gitSha1, sha256 } from '../../../tests/support/hub/fake-hub.ts';
import { distinctBytes } from '../../../tests/support/hub/hub-fixture.ts';
import type { Checksum } from '../checksum.ts';
import { PartialFile } from './partial-file.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-partial-'));
  path = join(folder, 'blobs', 'x.incomplete');
});
afterEach(() => rm(folder, { recursive: true }));

const BYTES = distinctBytes(3_000_000); // more than one read
const CHECKSUM: Checksum = { algorithm: 'sha256', hex: sha256(BYTES) };

const open = (checksum = CHECKSUM, size = BYTES.length, signal?: AbortSignal): Promise<PartialFile> =>
  PartialFile.open(path, { checksum, size }, signal);

test('the bytes and the checksum are the same wherever the download is interrupted', async () => {
  const interruptions = fc.uniqueArray(fc.integer({ min: 1, max: BYTES.length - 1 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(interruptions, async (offsets) => {
      await rm(path, { force: true });
      let from = 0;
      for (const to of [...offsets.sort((a, b) => a - b), BYTES.length]) {
        const partial = await open();
        expect(partial.size).toBe(from);
        await partial.append(BYTES.subarray(from, to));
        if (to === BYTES.length) expect(partial.matchesChecksum()).toBe(true);
        await partial.close();
        from = to;
      }
    }),
    { numRuns: 10 },
  );
});

test('matchesChecksum checks small files by their Git blob id', async () => {
  const text = Buffer.from('{"a":1}\n');
  expect(gitSha1(Buffer.alloc(0))).toBe('e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'); // Git's empty blob
  const partial = await open({ algorithm: 'git-sha1', hex: gitSha1(text) }, text.length);
  await partial.append(text);
  expect(partial.matchesChecksum()).toBe(true);
  await partial.close();
});

test('matchesChecksum returns false if bytes are missing or different', async () => {
  const partial = await open();
  await partial.append(BYTES.subarray(0, 10));
  expect(partial.matchesChecksum()).toBe(false);
  await partial.restart();
  await partial.append(BYTES.subarray(1));
  await partial.append(BYTES.subarray(0, 1));
  expect(partial.matchesChecksum()).toBe(false);
  await partial.close();
});

test('`restart` discards all bytes', async () => {
  const partial = await open();
  await partial.append(Buffer.alloc(1000));
  await partial.restart();
  expect(partial.size).toBe(0);
  await partial.append(BYTES);
  expect(partial.matchesChecksum()).toBe(true);
  await partial.finish(join(folder, 'blobs', 'x'));
  await partial.close();
  expect(Buffer.compare(await readFile(join(folder, 'blobs', 'x')), BYTES)).toBe(0);
});

test('`open` discards the bytes of a file that is too large', async () => {
  await (await open()).close();
  await writeFile(path, Buffer.alloc(BYTES.length + 1));
  const partial = await open();
  expect(partial.size).toBe(0);
  expect((await stat(path)).size).toBe(0);
  await partial.close();
});

test('`open` rejects if its signal is aborted while existing bytes are read, and keeps the file', async () => {
  await (await open()).close();
  await writeFile(path, BYTES);
  await expect(open(CHECKSUM, BYTES.length, AbortSignal.abort())).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect((await stat(path)).size).toBe(BYTES.length);
});
