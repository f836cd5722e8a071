// Tests of pullModel: the files that it chooses, the layout of the cache, and when it uses the network.

import { lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { blobName } from '../../../tests/support/hub/fake-hub.ts';
import { cutAfter } from '../../../tests/support/hub/hub-faults.ts';
import { distinctBytes, hubFixtures, REPO } from '../../../tests/support/hub/hub-fixture.ts';

const fixture = hubFixtures();

const CONFIG = '{"model_type":"llama"}';
const CHECKPOINT = {
  'README.md': 'read me',
  'config.json': CONFIG,
  'tokenizer.json': '{}',
  'tokenizer_config.json': '{"add_bos_token":true}',
  'model.safetensors': distinctBytes(3000),
};
const WEIGHTS = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
const SHARDED = {
  'config.json': CONFIG,
  'tokenizer.json': '{}',
  [WEIGHTS[0]]: distinctBytes(2000, 1),
  [WEIGHTS[1]]: distinctBytes(2500, 2),
  'model.safetensors.index.json': JSON.stringify({ weight_map: { a: WEIGHTS[0], b: WEIGHTS[1] } }),
};

/** Adds a file to the cache as Python's huggingface_hub does. */
async function cacheFile(commit: string, path: string, content: string | Uint8Array): Promise<void> {
  const blob = fixture().cached('blobs', blobName(path, Buffer.from(content)));
  const pointer = fixture().cached('snapshots', commit, path);
  await mkdir(dirname(blob), { recursive: true });
  await mkdir(dirname(pointer), { recursive: true });
  await writeFile(blob, content);
  await symlink(relative(dirname(pointer), blob), pointer);
}

async function saveRevision(commit: string, revision = 'main'): Promise<void> {
  await mkdir(dirname(fixture().cached('refs', revision)), { recursive: true });
  await writeFile(fixture().cached('refs', revision), commit);
}

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

describe('the layout of the cache, which other tools share', () => {
  test('has blobs by checksum, links in the snapshot of a commit, and the commit of the branch', async () => {
    const bytes = distinctBytes(5000);
    const commit = fixture().hub.add(REPO, { 'q/m-Q8_0.gguf': bytes, 'README.md': 'x' });
    const path = await fixture().pull();
    expect(path).toBe(fixture().cached('snapshots', commit, 'q', 'm-Q8_0.gguf'));
    expect(await readlink(path)).toBe(join('..', '..', '..', 'blobs', blobName('.gguf', bytes)));
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
    expect(await readFile(fixture().cached('refs', 'main'), 'utf8')).toBe(commit);
    expect((await readdir(fixture().cached())).sort()).toEqual(['blobs', 'refs', 'snapshots']);
  });

  test('has copies instead of links if links are disabled', async () => {
    fixture().hub.add(REPO, { 'm.gguf': distinctBytes(100) });
    const environment = fixture().environment({ HF_HUB_DISABLE_SYMLINKS: '1' });
    const path = await fixture().pull(undefined, { environment });
    expect((await lstat(path)).isFile()).toBe(true);
    expect(Buffer.compare(await readFile(path), distinctBytes(100))).toBe(0);
  });

  test('has one blob for a file that two commits share, which is downloaded once', async () => {
    fixture().hub.add(REPO, { 'm.gguf': distinctBytes(100), 'README.md': '1' });
    await fixture().pull();
    const commit = fixture().hub.add(REPO, { 'm.gguf': distinctBytes(100), 'README.md': '2' });
    const path = await fixture().pull(undefined, { refresh: true });
    expect(path).toBe(fixture().cached('snapshots', commit, 'm.gguf'));
    expect(fixture().hub.rangesOf('m.gguf')).toHaveLength(1);
  });
});

describe('the files of a model', () => {
  test('a checkpoint is downloaded as a folder, without files that the model does not need', async () => {
    const commit = fixture().hub.add(REPO, CHECKPOINT);
    const path = await fixture().pull();
    expect(path).toBe(fixture().cached('snapshots', commit));
    const { 'README.md': _, ...wanted } = CHECKPOINT;
    expect((await readdir(path)).sort()).toEqual(Object.keys(wanted).sort());
  });

  test('weights in several files are downloaded with their index', async () => {
    fixture().hub.add(REPO, SHARDED);
    expect((await readdir(await fixture().pull())).sort()).toEqual(Object.keys(SHARDED).sort());
  });

  test('an index with a missing file causes an error', async () => {
    const { [WEIGHTS[1]]: _, ...incomplete } = SHARDED;
    fixture().hub.add(REPO, incomplete);
    await expect(fixture().pull()).rejects.toMatchObject({
      code: 'model_not_found',
      message: expect.stringContaining(WEIGHTS[1]),
    });
  });

  test('all shards of the requested quantization are downloaded', async () => {
    const [one, two] = ['b/m-Q4_K_M-00001-of-00002.gguf', 'b/m-Q4_K_M-00002-of-00002.gguf'] as const;
    const commit = fixture().hub.add(REPO, { [one]: 'one', [two]: 'two', 'm-Q8_0.gguf': 'eight' });
    expect(await fixture().pull(`hf:${REPO}:q4_k_m`)).toBe(
      fixture().cached('snapshots', commit, ...one.split('/')),
    );
    expect((await readdir(fixture().cached('snapshots', commit, 'b'))).length).toBe(2);
    expect(fixture().hub.rangesOf('m-Q8_0.gguf')).toEqual([]);
  });

  test('several models without a file name cause an error that lists the models', async () => {
    fixture().hub.add(REPO, { 'm-Q4_0.gguf': '4', 'm-Q8_0.gguf': '8' });
    await expect(fixture().pull()).rejects.toMatchObject({
      code: 'ambiguous_model',
      message: expect.stringMatching(/"m-Q4_0\.gguf", "m-Q8_0\.gguf"/),
    });
  });

  test('a listing may have several pages, and their links may contain another host', async () => {
    fixture().hub.treePageSize = 2;
    fixture().hub.add(REPO, CHECKPOINT);
    expect(await readdir(await fixture().pull())).toHaveLength(4);
    const pages = fixture().hub.requests.filter(({ path }) => path.includes('/tree/'));
    expect(pages.map(({ query }) => query)).toEqual([
      '?recursive=true',
      '?recursive=true&cursor=2',
      '?recursive=true&cursor=4',
    ]);
  });

  test('a mirror without the tree endpoint receives a HEAD request for each file', async () => {
    fixture().hub.trees = false;
    fixture().hub.add(REPO, CHECKPOINT);
    const path = await fixture().pull();
    expect(Buffer.compare(await readFile(join(path, 'model.safetensors')), distinctBytes(3000))).toBe(0);
    expect(fixture().hub.requests.filter(({ method }) => method === 'HEAD')).toHaveLength(4);
  });
});

describe('revisions', () => {
  test('a commit that is requested by its id has no ref in the cache', async () => {
    const commit = fixture().hub.add(REPO, { 'm.gguf': 'm' });
    await fixture().pull(`hf:${REPO}@${commit}`);
    expect(await readdir(fixture().cached())).not.toContain('refs');
    const requestCount = fixture().hub.requests.length;
    await fixture().pull(`hf:${REPO}@${commit}`);
    expect(fixture().hub.requests).toHaveLength(requestCount);
  });

  test('an unknown revision causes an error', async () => {
    fixture().hub.add(REPO, { 'm.gguf': 'm' });
    await expect(fixture().pull(`hf:${REPO}@v9`)).rejects.toMatchObject({
      code: 'model_not_found',
      message: expect.stringMatching(/revision v9/),
    });
  });

  test('a branch refers to the cached commit until the branch is refreshed', async () => {
    const first = fixture().hub.add(REPO, { 'm.gguf': 'one' });
    await fixture().pull();
    fixture().hub.add(REPO, { 'm.gguf': 'two' });
    expect(await fixture().pull()).toBe(fixture().cached('snapshots', first, 'm.gguf'));
    expect(await readFile(await fixture().pull(undefined, { refresh: true }), 'utf8')).toBe('two');
    expect(await readFile(await fixture().pull(), 'utf8')).toBe('two');
  });

  test('a branch refers to the cached commit if a download fails', async () => {
    const first = fixture().hub.add(REPO, { 'm.gguf': 'one' });
    await fixture().pull();
    fixture().hub.add(REPO, { 'm.gguf': distinctBytes(1000) });
    fixture().hub.failAlways('m.gguf', cutAfter(1));
    await expect(fixture().pull(undefined, { refresh: true })).rejects.toMatchObject({
      code: 'hub_unavailable',
    });
    expect(await fixture().pull(undefined, { offline: true })).toBe(
      fixture().cached('snapshots', first, 'm.gguf'),
    );
  });
});

describe('a cached model', () => {
  test('that Python downloaded as GGUF is found without the network', async () => {
    await cacheFile(COMMIT, 'm-Q8_0.gguf', 'bytes');
    await saveRevision(COMMIT);
    const expected = fixture().cached('snapshots', COMMIT, 'm-Q8_0.gguf');
    for (const reference of [
      `hf:${REPO}`,
      `hf:${REPO}:Q8_0`,
      `hf:${REPO}:m-Q8_0.gguf`,
      `hf:${REPO}@${COMMIT}`,
    ]) {
      expect(await fixture().pull(reference)).toBe(expected);
    }
    expect(fixture().hub.requests).toEqual([]);
  });

  test('that Python downloaded as a checkpoint is found, with one or several weight files', async () => {
    for (const files of [CHECKPOINT, SHARDED]) {
      await rm(fixture().cached(), { recursive: true, force: true });
      for (const [path, content] of Object.entries(files)) await cacheFile(COMMIT, path, content);
      await saveRevision(COMMIT);
      expect(await fixture().pull()).toBe(fixture().cached('snapshots', COMMIT));
    }
    expect(fixture().hub.requests).toEqual([]);
  });

  test('is found if its file was moved instead of linked, as on systems without links', async () => {
    const pointer = fixture().cached('snapshots', COMMIT, 'm.gguf');
    await mkdir(dirname(pointer), { recursive: true });
    await writeFile(pointer, 'm');
    await saveRevision(COMMIT);
    expect(await fixture().pull()).toBe(pointer);
  });

  test.each(['config.json', 'tokenizer.json', 'model.safetensors'])(
    'without %s is incomplete, and the file is downloaded',
    async (missingFile) => {
      const commit = fixture().hub.add(REPO, CHECKPOINT);
      for (const [path, content] of Object.entries(CHECKPOINT)) {
        if (path !== missingFile) await cacheFile(commit, path, content);
      }
      await saveRevision(commit);
      await expect(fixture().pull(undefined, { offline: true })).rejects.toMatchObject({ code: 'offline' });
      expect(await readdir(await fixture().pull())).toContain(missingFile);
      expect(fixture().hub.requests.filter(({ path }) => path.includes('/resolve/'))).toHaveLength(1);
    },
  );

  test('without a file of its index is incomplete', async () => {
    const { [WEIGHTS[1]]: second, ...incomplete } = SHARDED;
    for (const [path, content] of Object.entries(incomplete)) await cacheFile(COMMIT, path, content);
    await saveRevision(COMMIT);
    await expect(fixture().pull(undefined, { offline: true })).rejects.toMatchObject({ code: 'offline' });
    await cacheFile(COMMIT, WEIGHTS[1], second);
    expect(await fixture().pull(undefined, { offline: true })).toBe(fixture().cached('snapshots', COMMIT));
  });

  test('with a broken link or a missing shard is incomplete', async () => {
    await cacheFile(COMMIT, 'm-00001-of-00002.gguf', 'one');
    await saveRevision(COMMIT);
    await expect(fixture().pull(undefined, { offline: true })).rejects.toMatchObject({ code: 'offline' });
    await cacheFile(COMMIT, 'm-00002-of-00002.gguf', 'two');
    expect(await fixture().pull(undefined, { offline: true })).toMatch(/00001-of-00002\.gguf$/);
    await rm(fixture().cached('blobs', blobName('.gguf', Buffer.from('two'))));
    await expect(fixture().pull(undefined, { offline: true })).rejects.toMatchObject({ code: 'offline' });
  });
});

describe('offline mode', () => {
  test.each([
    [{ offline: true }, {}],
    [{}, { HF_HUB_OFFLINE: '1' }],
  ])(
    'with the options %j and the environment %j sends no request, and the error contains the command that downloads the model',
    async (options, variables) => {
      fixture().hub.add(REPO, { 'm.gguf': 'm' });
      const environment = fixture().environment(variables);
      await expect(fixture().pull(`hf:${REPO}:m.gguf`, { ...options, environment })).rejects.toMatchObject({
        code: 'offline',
        hint: expect.stringContaining(`quire pull hf:${REPO}:m.gguf`),
      });
      expect(fixture().hub.requests).toEqual([]);
    },
  );

  test('several matching models in the cache cause an error', async () => {
    for (const path of ['m-Q4_0.gguf', 'm-Q8_0.gguf']) await cacheFile(COMMIT, path, path);
    await saveRevision(COMMIT);
    await expect(fixture().pull(undefined, { offline: true })).rejects.toMatchObject({
      code: 'ambiguous_model',
    });
  });
});

describe('access', () => {
  test('to a private model needs the right token', async () => {
    fixture().hub.add(REPO, { 'm.gguf': 'm' });
    fixture().hub.token = 'hf_right';
    const pull = (HF_TOKEN: string) =>
      fixture().pull(undefined, { environment: fixture().environment({ HF_TOKEN }) });
    await expect(pull('')).rejects.toMatchObject({
      code: 'access_denied',
      hint: expect.stringMatching(/HF_TOKEN/),
    });
    await expect(pull('hf_wrong')).rejects.toMatchObject({ code: 'access_denied' });
    expect(await readFile(await pull('hf_right'), 'utf8')).toBe('m');
    expect(fixture().hub.requests.filter(({ path }) => path.endsWith('/main'))).toHaveLength(3);
  });

  test('to a gated model is denied with a hint', async () => {
    fixture().hub.add(REPO, { 'm.gguf': 'm' });
    fixture().hub.failNext('m.gguf', ({ response }) =>
      response.writeHead(403, { 'x-error-code': 'GatedRepo' }).end(),
    );
    await expect(fixture().pull()).rejects.toMatchObject({
      code: 'access_denied',
      hint: expect.stringMatching(/conditions/),
    });
    expect(fixture().hub.rangesOf('m.gguf')).toHaveLength(1);
  });

  test('to an unknown model causes an error', async () => {
    await expect(fixture().pull()).rejects.toMatchObject({ code: 'model_not_found' });
    expect(fixture().hub.requests).toHaveLength(1);
  });
});

test('the progress includes all files and ends at the total size', async () => {
  fixture().hub.add(REPO, SHARDED);
  const reports: [number, number, string][] = [];
  await fixture().pull(undefined, { onProgress: (...report) => reports.push(report) });
  const { 'model.safetensors.index.json': index, ...others } = SHARDED;
  const total = [index, ...Object.values(others)].reduce((sum, content) => sum + content.length, 0);
  expect(new Set(reports.map(([, totalBytes]) => totalBytes))).toEqual(new Set([total]));
  expect(reports.at(-1)?.[0]).toBe(total);
  const done = reports.map(([bytes]) => bytes);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(new Set(reports.map(([, , file]) => file))).toEqual(new Set(Object.keys(SHARDED)));
});

test('two concurrent pulls download the model once', async () => {
  fixture().hub.add(REPO, { 'm.gguf': distinctBytes(50_000) });
  const [one, two] = await Promise.all([fixture().pull(), fixture().pull()]);
  expect(one).toBe(two);
  expect(Buffer.compare(await readFile(one), distinctBytes(50_000))).toBe(0);
  expect(fixture().hub.rangesOf('m.gguf')).toHaveLength(1);
});
