// What servers and connections do to a download. Whatever it is, the file ends up right or not there.

import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { FakeHub, sha256 } from '../../../tests/support/hub/fake-hub.ts';
import {
  answer,
  corrupt,
  cutAfter,
  ignoreRange,
  redirectTo,
  silence,
  slowly,
  stallAfter,
} from '../../../tests/support/hub/hub-faults.ts';
import { distinctBytes, hubFixtures, REPO } from '../../../tests/support/hub/hub-fixture.ts';

const world = hubFixtures();
const FILE = 'model.gguf';
const BYTES = distinctBytes(100_000);

const resolved = (commit: string, file = FILE): string => `/${REPO}/resolve/${commit}/${file}`;

function addModel(): string {
  return world().hub.add(REPO, { [FILE]: BYTES });
}

/** Puts the beginning of the file where a stopped download leaves it. */
async function leavePartial(bytes: Uint8Array): Promise<void> {
  const path = world().partial(FILE, BYTES);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

const partialSize = async (): Promise<number | undefined> =>
  (await stat(world().partial(FILE, BYTES)).catch(() => undefined))?.size;

async function expectWhole(pulling = world().pull()): Promise<void> {
  expect(sha256(await readFile(await pulling))).toBe(sha256(BYTES));
  expect(await readdir(world().cached('blobs'))).toEqual([sha256(BYTES)]);
}

describe('going on', () => {
  test('after a cut connection, from the byte where it was cut', async () => {
    addModel();
    world().hub.next(FILE, cutAfter(30_000), cutAfter(20_000));
    await expectWhole();
    expect(world().hub.rangesOf(FILE)).toEqual([undefined, 'bytes=30000-', 'bytes=50000-']);
  });

  test('from what an earlier process left', async () => {
    addModel();
    await leavePartial(BYTES.subarray(0, 77_777));
    await expectWhole();
    expect(world().hub.rangesOf(FILE)).toEqual(['bytes=77777-']);
  });

  test('from the start where the server ignores the range', async () => {
    addModel();
    await leavePartial(BYTES.subarray(0, 50_000));
    world().hub.next(FILE, ignoreRange);
    await expectWhole();
    expect(world().hub.rangesOf(FILE)).toHaveLength(1);
  });

  test('from the start where the server begins elsewhere', async () => {
    addModel();
    await leavePartial(BYTES.subarray(0, 50_000));
    world().hub.next(FILE, (exchange) => {
      const { response, bytes } = exchange;
      response.writeHead(206, { 'content-range': `bytes 10-${bytes.length - 1}/${bytes.length}` });
      response.end(bytes.subarray(10));
    });
    await expectWhole();
  });

  test('with nothing to ask for when all of it is there', async () => {
    addModel();
    await leavePartial(BYTES);
    await expectWhole();
    expect(world().hub.rangesOf(FILE)).toEqual([]);
  });

  test('from the start when more than all of it is there', async () => {
    addModel();
    await leavePartial(Buffer.concat([BYTES, BYTES]));
    await expectWhole();
    expect(world().hub.rangesOf(FILE)).toEqual([undefined]);
  });

  test('from the start where the server says 416 for a file of the right size', async () => {
    addModel();
    await leavePartial(BYTES.subarray(0, 50_000));
    world().hub.next(FILE, answer(416, { 'content-range': `bytes */${BYTES.length}` }));
    await expectWhole();
    expect(world().hub.rangesOf(FILE)).toEqual(['bytes=50000-', undefined]);
  });

  test('not for ever: cuts end with what has arrived kept', async () => {
    addModel();
    world().hub.always(FILE, cutAfter(1000));
    await expect(world().pull()).rejects.toMatchObject({
      code: 'hub_unavailable',
      message: expect.stringMatching(/4 tries/),
      hint: expect.stringMatching(/goes on where/),
    });
    expect(await partialSize()).toBe(4000);
  });

  test('a server that starts over and cuts further each time ends too', async () => {
    const large = distinctBytes(5 * 2 ** 20);
    world().hub.add(REPO, { [FILE]: large });
    let tries = 0;
    world().hub.always(FILE, ({ response, bytes }) => {
      const length = tries++ % 2 === 0 ? 1.5 * 2 ** 20 : 2 ** 17;
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, length), () => setTimeout(() => response.destroy(), 60));
    });
    await expect(world().pull()).rejects.toMatchObject({ code: 'hub_unavailable' });
    expect(tries).toBeLessThan(10);
  });
});

describe('damage is an error, and what came is removed', () => {
  const mismatch = (message: RegExp) => ({
    code: 'checksum_mismatch',
    message: expect.stringMatching(message),
  });

  test('another byte', async () => {
    addModel();
    world().hub.next(FILE, corrupt);
    await expect(world().pull()).rejects.toMatchObject(mismatch(/"model\.gguf".*checksum/));
    expect(await readdir(world().cached('blobs'))).toEqual([]);
    await expectWhole();
  });

  test('another byte in what an earlier process left', async () => {
    addModel();
    await leavePartial(Buffer.alloc(50_000));
    await expect(world().pull()).rejects.toMatchObject(mismatch(/checksum/));
    expect(await partialSize()).toBeUndefined();
  });

  test('another byte in a small file, which has the checksum of Git', async () => {
    world().hub.add(REPO, { 'config.json': '{"a":1}' });
    world().hub.next('config.json', corrupt);
    await expect(world().pull(`hf:${REPO}:config.json`)).rejects.toMatchObject(mismatch(/config\.json/));
    expect(await readdir(world().cached('blobs'))).toEqual([]);
  });

  const lie = (size: number) => (entries: object[]) =>
    entries.map((entry) => ('lfs' in entry ? { ...entry, lfs: { ...(entry.lfs as object), size } } : entry));

  test.each([500, 200_000])('a listing that says %d bytes', async (size) => {
    addModel();
    world().hub.trees = lie(size);
    await expect(world().pull()).rejects.toMatchObject(mismatch(/listed with \d+ bytes.* has 100000/));
    expect(await readdir(world().cached('blobs'))).toEqual([]);
  });

  test('a file without end', async () => {
    addModel();
    world().hub.next(FILE, ({ response, bytes }) => {
      response.writeHead(200); // no length
      response.write(bytes);
      const timer = setInterval(() => response.write(bytes), 5);
      response.on('close', () => clearInterval(timer));
    });
    await expect(world().pull()).rejects.toMatchObject(mismatch(/more than 100000 bytes/));
    expect(await partialSize()).toBeUndefined();
  });

  test('a 416 that tells of another size', async () => {
    addModel();
    await leavePartial(BYTES.subarray(0, 50_000));
    world().hub.next(FILE, answer(416, { 'content-range': 'bytes */40000' }));
    await expect(world().pull()).rejects.toMatchObject(mismatch(/has 40000/));
  });
});

describe('a server that is busy or silent', () => {
  test.each([500, 502, 503, 504, 429, 408])('%d, then the file', async (status) => {
    addModel();
    world().hub.next(FILE, answer(status), answer(status));
    await expectWhole();
    expect(world().hub.rangesOf(FILE)).toHaveLength(3);
  });

  test('429 is waited for as long as it asks', async () => {
    addModel();
    world().hub.next('/revision/main', answer(429, { 'retry-after': '1' }));
    const started = performance.now();
    await expectWhole();
    expect(performance.now() - started).toBeGreaterThan(950);
  });

  test('429 that asks for an hour is an error at once', async () => {
    addModel();
    world().hub.always(FILE, answer(429, { 'retry-after': '3600' }));
    await expect(world().pull()).rejects.toMatchObject({
      code: 'hub_unavailable',
      message: expect.stringMatching(/429.*3600/),
    });
    expect(world().hub.rangesOf(FILE)).toHaveLength(1);
  });

  test('a stall midway, and one before the first byte', async () => {
    addModel();
    world().hub.next(FILE, stallAfter(10_000), silence);
    await expectWhole();
    expect(world().hub.rangesOf(FILE)).toEqual([undefined, 'bytes=10000-', 'bytes=10000-']);
  });

  test('silence alone ends', async () => {
    addModel();
    world().hub.always('/revision/main', silence);
    await expect(world().pull(undefined, { timing: { stallMs: 50 } })).rejects.toMatchObject({
      code: 'hub_unavailable',
      message: expect.stringMatching(/sent nothing for 0\.05 s/),
    });
  });

  test('a slow server is no silent one', async () => {
    addModel();
    world().hub.next(FILE, slowly(10_000, 60));
    await expectWhole();
    expect(world().hub.rangesOf(FILE)).toHaveLength(1);
  });

  test('nobody there', async () => {
    const environment = world().environment({ HF_ENDPOINT: world().hub.url });
    await world().hub.stop();
    await expect(world().pull(undefined, { environment })).rejects.toMatchObject({
      code: 'hub_unavailable',
      message: expect.stringMatching(/ECONNREFUSED/),
    });
  });
});

describe('redirects and the token', () => {
  async function withStorage(work: (storage: FakeHub, commit: string) => Promise<void>): Promise<void> {
    const storage = await FakeHub.start();
    try {
      storage.add(REPO, { [FILE]: BYTES });
      await work(storage, addModel());
    } finally {
      await storage.stop();
    }
  }

  test('a file may lie on another host, which never sees the token', async () => {
    await withStorage(async (storage, commit) => {
      world().hub.token = 'hf_secret';
      world().hub.next(FILE, redirectTo(storage.url + resolved(commit)));
      const environment = world().environment({ HF_TOKEN: 'hf_secret' });
      await expectWhole(world().pull(undefined, { environment }));
      expect(storage.asked).toMatchObject([{ path: resolved(commit), authorization: undefined }]);
      const tokens = new Set(world().hub.asked.map(({ authorization }) => authorization));
      expect([...tokens]).toEqual(['Bearer hf_secret']);
    });
  });

  test('going on there asks the hub for the way again', async () => {
    await withStorage(async (storage, commit) => {
      world().hub.always(FILE, redirectTo(storage.url + resolved(commit)));
      storage.next(FILE, cutAfter(40_000), answer(403)); // its links run out
      await expectWhole();
      expect(storage.rangesOf(FILE)).toEqual([undefined, 'bytes=40000-', 'bytes=40000-']);
      expect(world().hub.rangesOf(FILE)).toHaveLength(3);
    });
  });

  test('within the hub a redirect keeps the token', async () => {
    const commit = addModel();
    world().hub.token = 'hf_secret';
    world().hub.next('/revision/main', redirectTo(`/api/models/${REPO}/revision/${commit}`));
    await expectWhole(
      world().pull(undefined, { environment: world().environment({ HF_TOKEN: 'hf_secret' }) }),
    );
  });

  test('five are followed, a circle is not', async () => {
    const commit = addModel();
    const again = redirectTo(resolved(commit));
    world().hub.next(FILE, again, again, again, again, again);
    await expectWhole();
    addModel();
    world().hub.always('/revision/main', redirectTo(`/api/models/${REPO}/revision/main`));
    await expect(world().pull(undefined, { refresh: true })).rejects.toMatchObject({
      code: 'bad_hub_answer',
      message: expect.stringMatching(/more than 5/),
    });
    const circle = world().hub.asked.filter(({ path }) => path.endsWith('/revision/main'));
    expect(circle).toHaveLength(1 + 6);
  });

  test.each(['file:///etc/passwd', 'ftp://x/y', 'http://user:secret@127.0.0.1/', 'http://['])(
    '%s is not followed',
    async (location) => {
      addModel();
      world().hub.next(FILE, redirectTo(location));
      await expect(world().pull()).rejects.toMatchObject({ code: 'bad_hub_answer' });
    },
  );
});

describe('the disk', () => {
  test('that is full is an error of its own', async () => {
    addModel();
    const path = world().partial(FILE, BYTES);
    await mkdir(dirname(path), { recursive: true });
    await symlink('/dev/full', path); // each write to it fails as on a full disk
    await expect(world().pull()).rejects.toMatchObject({
      code: 'disk_full',
      message: expect.stringMatching(/ENOSPC/),
    });
  });

  test('where nothing may be written is one too', async () => {
    addModel();
    await writeFile(`${world().folder}/file`, '');
    const environment = world().environment({ HF_HUB_CACHE: `${world().folder}/file/hub` });
    await expect(world().pull(undefined, { environment })).rejects.toMatchObject({
      code: 'cache_unwritable',
      hint: expect.stringMatching(/HF_HOME/),
    });
  });
});

test('an abort keeps what has arrived', async () => {
  addModel();
  world().hub.next(FILE, stallAfter(25_000));
  const controller = new AbortController();
  const onProgress = (done: number): void => {
    if (done >= 25_000) controller.abort();
  };
  const pulling = world().pull(undefined, { signal: controller.signal, onProgress });
  await expect(pulling).rejects.toMatchObject({ name: 'AbortError' });
  expect(await partialSize()).toBe(25_000);
  await expectWhole();
  expect(world().hub.rangesOf(FILE)).toEqual([undefined, 'bytes=25000-']);
});

test('an empty file is a file', async () => {
  world().hub.add(REPO, { 'empty.txt': '' });
  expect(await readFile(await world().pull(`hf:${REPO}:empty.txt`), 'utf8')).toBe('');
});

test('a server that packs what was not to be packed', async () => {
  world().hub.add(REPO, { 'config.json': '{"a":1}' });
  world().hub.next('config.json', ({ response, bytes }) => {
    const packed = gzipSync(bytes);
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length }).end(packed);
  });
  expect(await readFile(await world().pull(`hf:${REPO}:config.json`), 'utf8')).toBe('{"a":1}');
});
