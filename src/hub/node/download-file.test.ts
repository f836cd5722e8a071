// Downloads from faulty servers and over faulty connections. A downloaded file is either correct or absent.

import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { FakeHub, sha256 } from '../../../tests/support/hub/fake-hub.ts';
import {
  cutAfter,
  ignoreRange,
  neverRespond,
  redirectTo,
  respondWith,
  sendCorrupted,
  sendSlowly,
  stallAfter,
} from '../../../tests/support/hub/hub-faults.ts';
import { distinctBytes, hubFixtures, REPO } from '../../../tests/support/hub/hub-fixture.ts';

const fixture = hubFixtures();
const FILE = 'model.gguf';
const BYTES = distinctBytes(100_000);

const resolvePath = (commit: string, file = FILE): string => `/${REPO}/resolve/${commit}/${file}`;

function addModel(): string {
  return fixture().hub.add(REPO, { [FILE]: BYTES });
}

/** Creates the partial file of an interrupted download. */
async function writePartial(bytes: Uint8Array): Promise<void> {
  const path = fixture().partial(FILE, BYTES);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

const partialSize = async (): Promise<number | undefined> =>
  (await stat(fixture().partial(FILE, BYTES)).catch(() => undefined))?.size;

async function expectComplete(pull = fixture().pull()): Promise<void> {
  expect(sha256(await readFile(await pull))).toBe(sha256(BYTES));
  expect(await readdir(fixture().cached('blobs'))).toEqual([sha256(BYTES)]);
}

describe('a download', () => {
  test('resumes from the last received byte after a lost connection', async () => {
    addModel();
    fixture().hub.failNext(FILE, cutAfter(30_000), cutAfter(20_000));
    await expectComplete();
    expect(fixture().hub.rangesOf(FILE)).toEqual([undefined, 'bytes=30000-', 'bytes=50000-']);
  });

  test('resumes from the partial file of an earlier process', async () => {
    addModel();
    await writePartial(BYTES.subarray(0, 77_777));
    await expectComplete();
    expect(fixture().hub.rangesOf(FILE)).toEqual(['bytes=77777-']);
  });

  test('restarts if the server ignores the range', async () => {
    addModel();
    await writePartial(BYTES.subarray(0, 50_000));
    fixture().hub.failNext(FILE, ignoreRange);
    await expectComplete();
    expect(fixture().hub.rangesOf(FILE)).toHaveLength(1);
  });

  test('restarts if the server sends a range that was not requested', async () => {
    addModel();
    await writePartial(BYTES.subarray(0, 50_000));
    fixture().hub.failNext(FILE, (exchange) => {
      const { response, bytes } = exchange;
      response.writeHead(206, { 'content-range': `bytes 10-${bytes.length - 1}/${bytes.length}` });
      response.end(bytes.subarray(10));
    });
    await expectComplete();
  });

  test('sends no request if the partial file is complete', async () => {
    addModel();
    await writePartial(BYTES);
    await expectComplete();
    expect(fixture().hub.rangesOf(FILE)).toEqual([]);
  });

  test('restarts if the partial file is too large', async () => {
    addModel();
    await writePartial(Buffer.concat([BYTES, BYTES]));
    await expectComplete();
    expect(fixture().hub.rangesOf(FILE)).toEqual([undefined]);
  });

  test('restarts if the server responds with 416 and the right size', async () => {
    addModel();
    await writePartial(BYTES.subarray(0, 50_000));
    fixture().hub.failNext(FILE, respondWith(416, { 'content-range': `bytes */${BYTES.length}` }));
    await expectComplete();
    expect(fixture().hub.rangesOf(FILE)).toEqual(['bytes=50000-', undefined]);
  });

  test('is retried a limited number of times, and keeps the partial file', async () => {
    addModel();
    fixture().hub.failAlways(FILE, cutAfter(1000));
    await expect(fixture().pull()).rejects.toMatchObject({
      code: 'hub_unavailable',
      message: expect.stringMatching(/4 attempts/),
      hint: expect.stringMatching(/resumes/),
    });
    expect(await partialSize()).toBe(4000);
  });

  test('is retried a limited number of times if the server ignores the range each time', async () => {
    const large = distinctBytes(5 * 2 ** 20);
    fixture().hub.add(REPO, { [FILE]: large });
    let attempts = 0;
    fixture().hub.failAlways(FILE, ({ response, bytes }) => {
      const length = attempts++ % 2 === 0 ? 1.5 * 2 ** 20 : 2 ** 17;
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, length), () => setTimeout(() => response.destroy(), 60));
    });
    await expect(fixture().pull()).rejects.toMatchObject({ code: 'hub_unavailable' });
    expect(attempts).toBeLessThan(10);
  });
});

describe('the partial file is removed after an error for', () => {
  const mismatch = (message: RegExp) => ({
    code: 'checksum_mismatch',
    message: expect.stringMatching(message),
  });

  test('a changed byte', async () => {
    addModel();
    fixture().hub.failNext(FILE, sendCorrupted);
    await expect(fixture().pull()).rejects.toMatchObject(mismatch(/"model\.gguf".*checksum/));
    expect(await readdir(fixture().cached('blobs'))).toEqual([]);
    await expectComplete();
  });

  test('a changed byte in the partial file of an earlier process', async () => {
    addModel();
    await writePartial(Buffer.alloc(50_000));
    await expect(fixture().pull()).rejects.toMatchObject(mismatch(/checksum/));
    expect(await partialSize()).toBeUndefined();
  });

  test('a changed byte in a small file, which has a Git blob id', async () => {
    fixture().hub.add(REPO, { 'config.json': '{"a":1}' });
    fixture().hub.failNext('config.json', sendCorrupted);
    await expect(fixture().pull(`hf:${REPO}:config.json`)).rejects.toMatchObject(mismatch(/config\.json/));
    expect(await readdir(fixture().cached('blobs'))).toEqual([]);
  });

  const wrongSize = (size: number) => (entries: object[]) =>
    entries.map((entry) => ('lfs' in entry ? { ...entry, lfs: { ...(entry.lfs as object), size } } : entry));

  test.each([500, 200_000])('a wrong size in the listing: %d bytes', async (size) => {
    addModel();
    fixture().hub.trees = wrongSize(size);
    await expect(fixture().pull()).rejects.toMatchObject(mismatch(/listed with \d+ bytes.* has 100000/));
    expect(await readdir(fixture().cached('blobs'))).toEqual([]);
  });

  test('an endless file', async () => {
    addModel();
    fixture().hub.failNext(FILE, ({ response, bytes }) => {
      response.writeHead(200); // no length
      response.write(bytes);
      const timer = setInterval(() => response.write(bytes), 5);
      response.on('close', () => clearInterval(timer));
    });
    await expect(fixture().pull()).rejects.toMatchObject(mismatch(/more than 100000 bytes/));
    expect(await partialSize()).toBeUndefined();
  });

  test('a response with status 416 and another size', async () => {
    addModel();
    await writePartial(BYTES.subarray(0, 50_000));
    fixture().hub.failNext(FILE, respondWith(416, { 'content-range': 'bytes */40000' }));
    await expect(fixture().pull()).rejects.toMatchObject(mismatch(/has 40000/));
  });
});

describe('a server that is busy or sends nothing', () => {
  test.each([500, 502, 503, 504, 429, 408])('status %d is retried', async (status) => {
    addModel();
    fixture().hub.failNext(FILE, respondWith(status), respondWith(status));
    await expectComplete();
    expect(fixture().hub.rangesOf(FILE)).toHaveLength(3);
  });

  test('the delay in Retry-After of status 429 is respected', async () => {
    addModel();
    fixture().hub.failNext('/revision/main', respondWith(429, { 'retry-after': '1' }));
    const started = performance.now();
    await expectComplete();
    expect(performance.now() - started).toBeGreaterThan(950);
  });

  test('a Retry-After of an hour causes an error without a retry', async () => {
    addModel();
    fixture().hub.failAlways(FILE, respondWith(429, { 'retry-after': '3600' }));
    await expect(fixture().pull()).rejects.toMatchObject({
      code: 'hub_unavailable',
      message: expect.stringMatching(/429.*3600/),
    });
    expect(fixture().hub.rangesOf(FILE)).toHaveLength(1);
  });

  test('a download resumes after a stall in the middle and a stall before the first byte', async () => {
    addModel();
    fixture().hub.failNext(FILE, stallAfter(10_000), neverRespond);
    await expectComplete();
    expect(fixture().hub.rangesOf(FILE)).toEqual([undefined, 'bytes=10000-', 'bytes=10000-']);
  });

  test('a server that never responds causes an error', async () => {
    addModel();
    fixture().hub.failAlways('/revision/main', neverRespond);
    await expect(fixture().pull(undefined, { timing: { stallMs: 50 } })).rejects.toMatchObject({
      code: 'hub_unavailable',
      message: expect.stringMatching(/sent nothing for 0\.05 s/),
    });
  });

  test('a slow server does not time out', async () => {
    addModel();
    fixture().hub.failNext(FILE, sendSlowly(10_000, 60));
    await expectComplete();
    expect(fixture().hub.rangesOf(FILE)).toHaveLength(1);
  });

  test('a refused connection causes an error', async () => {
    const environment = fixture().environment({ HF_ENDPOINT: fixture().hub.url });
    await fixture().hub.stop();
    await expect(fixture().pull(undefined, { environment })).rejects.toMatchObject({
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

  test('a file may be on another host, which does not receive the token', async () => {
    await withStorage(async (storage, commit) => {
      fixture().hub.token = 'hf_secret';
      fixture().hub.failNext(FILE, redirectTo(storage.url + resolvePath(commit)));
      const environment = fixture().environment({ HF_TOKEN: 'hf_secret' });
      await expectComplete(fixture().pull(undefined, { environment }));
      expect(storage.requests).toMatchObject([{ path: resolvePath(commit), authorization: undefined }]);
      const tokens = new Set(fixture().hub.requests.map(({ authorization }) => authorization));
      expect([...tokens]).toEqual(['Bearer hf_secret']);
    });
  });

  test('a download that resumes on another host requests a new link from the hub', async () => {
    await withStorage(async (storage, commit) => {
      fixture().hub.failAlways(FILE, redirectTo(storage.url + resolvePath(commit)));
      storage.failNext(FILE, cutAfter(40_000), respondWith(403)); // an expired link
      await expectComplete();
      expect(storage.rangesOf(FILE)).toEqual([undefined, 'bytes=40000-', 'bytes=40000-']);
      expect(fixture().hub.rangesOf(FILE)).toHaveLength(3);
    });
  });

  test('a redirect within the hub keeps the token', async () => {
    const commit = addModel();
    fixture().hub.token = 'hf_secret';
    fixture().hub.failNext('/revision/main', redirectTo(`/api/models/${REPO}/revision/${commit}`));
    await expectComplete(
      fixture().pull(undefined, { environment: fixture().environment({ HF_TOKEN: 'hf_secret' }) }),
    );
  });

  test('five redirects are followed, and a redirect loop causes an error', async () => {
    const commit = addModel();
    const redirectToFile = redirectTo(resolvePath(commit));
    fixture().hub.failNext(
      FILE,
      redirectToFile,
      redirectToFile,
      redirectToFile,
      redirectToFile,
      redirectToFile,
    );
    await expectComplete();
    addModel();
    fixture().hub.failAlways('/revision/main', redirectTo(`/api/models/${REPO}/revision/main`));
    await expect(fixture().pull(undefined, { refresh: true })).rejects.toMatchObject({
      code: 'bad_hub_answer',
      message: expect.stringMatching(/more than 5/),
    });
    const loop = fixture().hub.requests.filter(({ path }) => path.endsWith('/revision/main'));
    expect(loop).toHaveLength(1 + 6);
  });

  test.each(['file:///etc/passwd', 'ftp://x/y', 'http://user:secret@127.0.0.1/', 'http://['])(
    'a redirect to %s is not followed',
    async (location) => {
      addModel();
      fixture().hub.failNext(FILE, redirectTo(location));
      await expect(fixture().pull()).rejects.toMatchObject({ code: 'bad_hub_answer' });
    },
  );
});

describe('a disk', () => {
  test('that is full is reported as disk_full', async () => {
    addModel();
    const path = fixture().partial(FILE, BYTES);
    await mkdir(dirname(path), { recursive: true });
    await symlink('/dev/full', path); // writes to /dev/full fail as on a full disk
    await expect(fixture().pull()).rejects.toMatchObject({
      code: 'disk_full',
      message: expect.stringMatching(/ENOSPC/),
    });
  });

  test('that cannot be written is reported as cache_unwritable', async () => {
    addModel();
    await writeFile(`${fixture().folder}/file`, '');
    const environment = fixture().environment({ HF_HUB_CACHE: `${fixture().folder}/file/hub` });
    await expect(fixture().pull(undefined, { environment })).rejects.toMatchObject({
      code: 'cache_unwritable',
      hint: expect.stringMatching(/HF_HOME/),
    });
  });
});

test('an abort keeps the partial file', async () => {
  addModel();
  fixture().hub.failNext(FILE, stallAfter(25_000));
  const controller = new AbortController();
  const onProgress = (done: number): void => {
    if (done >= 25_000) controller.abort();
  };
  const pull = fixture().pull(undefined, { signal: controller.signal, onProgress });
  await expect(pull).rejects.toMatchObject({ name: 'AbortError' });
  expect(await partialSize()).toBe(25_000);
  await expectComplete();
  expect(fixture().hub.rangesOf(FILE)).toEqual([undefined, 'bytes=25000-']);
});

test('an empty file is downloaded', async () => {
  fixture().hub.add(REPO, { 'empty.txt': '' });
  expect(await readFile(await fixture().pull(`hf:${REPO}:empty.txt`), 'utf8')).toBe('');
});

test('a compressed response to a request for an uncompressed file is decoded', async () => {
  fixture().hub.add(REPO, { 'config.json': '{"a":1}' });
  fixture().hub.failNext('config.json', ({ response, bytes }) => {
    const encoded = gzipSync(bytes);
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': encoded.length }).end(encoded);
  });
  expect(await readFile(await fixture().pull(`hf:${REPO}:config.json`), 'utf8')).toBe('{"a":1}');
});
