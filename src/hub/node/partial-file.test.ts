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

const BYTES = distinctBytes(3_000_000); // more than it reads at once
const CHECKSUM: Checksum = { algorithm: 'sha256', hex: sha256(BYTES) };

const open = (checksum = CHECKSUM, size = BYTES.length, signal?: AbortSignal): Promise<PartialFile> =>
  PartialFile.open(path, { checksum, size }, signal);

test('however the bytes come and wherever it is interrupted, the same file', async () => {
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: BYTES.length - 1 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(cuts, async (places) => {
      await rm(path, { force: true });
      let from = 0;
      for (const to of [...places.sort((a, b) => a - b), BYTES.length]) {
        const partial = await open();
        expect(partial.size).toBe(from);
        await partial.append(BYTES.subarray(from, to));
        if (to === BYTES.length) expect(partial.isRight()).toBe(true);
        await partial.close();
        from = to;
      }
    }),
    { numRuns: 10 },
  );
});

test('checks small files as Git names them', async () => {
  const text = Buffer.from('{"a":1}\n');
  expect(gitSha1(Buffer.alloc(0))).toBe('e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'); // Git's empty blob
  const partial = await open({ algorithm: 'git-sha1', hex: gitSha1(text) }, text.length);
  await partial.append(text);
  expect(partial.isRight()).toBe(true);
  await partial.close();
});

test('is not right when it is short, or when a byte is another', async () => {
  const short = await open();
  await short.append(BYTES.subarray(0, 10));
  expect(short.isRight()).toBe(false);
  await short.startOver();
  await short.append(BYTES.subarray(1));
  await short.append(BYTES.subarray(0, 1));
  expect(short.isRight()).toBe(false);
  await short.close();
});

test('starts over with nothing of what was there', async () => {
  const partial = await open();
  await partial.append(Buffer.alloc(1000));
  await partial.startOver();
  expect(partial.size).toBe(0);
  await partial.append(BYTES);
  expect(partial.isRight()).toBe(true);
  await partial.finish(join(folder, 'blobs', 'x'));
  await partial.close();
  expect(Buffer.compare(await readFile(join(folder, 'blobs', 'x')), BYTES)).toBe(0);
});

test('more than the whole is nothing', async () => {
  await (await open()).close();
  await writeFile(path, Buffer.alloc(BYTES.length + 1));
  const partial = await open();
  expect(partial.size).toBe(0);
  expect((await stat(path)).size).toBe(0);
  await partial.close();
});

test('an abort ends the reading of what is there, and leaves it', async () => {
  await (await open()).close();
  await writeFile(path, BYTES);
  await expect(open(CHECKSUM, BYTES.length, AbortSignal.abort())).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect((await stat(path)).size).toBe(BYTES.length);
});
