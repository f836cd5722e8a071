// From a reference to files in the cache: which files, in which layout, and when the network is asked at all.

import { lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { blobName } from '../../../tests/support/hub/fake-hub.ts';
import { cutAfter } from '../../../tests/support/hub/hub-faults.ts';
import { distinctBytes, hubFixtures, REPO } from '../../../tests/support/hub/hub-fixture.ts';

const world = hubFixtures();

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

/** Lays a file out as Python's huggingface_hub does. */
async function cacheFile(commit: string, path: string, content: string | Uint8Array): Promise<void> {
  const blob = world().cached('blobs', blobName(path, Buffer.from(content)));
  const pointer = world().cached('snapshots', commit, path);
  await mkdir(dirname(blob), { recursive: true });
  await mkdir(dirname(pointer), { recursive: true });
  await writeFile(blob, content);
  await symlink(relative(dirname(pointer), blob), pointer);
}

async function remember(commit: string, revision = 'main'): Promise<void> {
  await mkdir(dirname(world().cached('refs', revision)), { recursive: true });
  await writeFile(world().cached('refs', revision), commit);
}

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

describe('the layout that other tools share', () => {
  test('blobs by checksum, links in the snapshot of the commit, the commit of the branch', async () => {
    const bytes = distinctBytes(5000);
    const commit = world().hub.add(REPO, { 'q/m-Q8_0.gguf': bytes, 'README.md': 'x' });
    const path = await world().pull();
    expect(path).toBe(world().cached('snapshots', commit, 'q', 'm-Q8_0.gguf'));
    expect(await readlink(path)).toBe(join('..', '..', '..', 'blobs', blobName('.gguf', bytes)));
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
    expect(await readFile(world().cached('refs', 'main'), 'utf8')).toBe(commit);
    expect((await readdir(world().cached())).sort()).toEqual(['blobs', 'refs', 'snapshots']);
  });

  test('copies where links cannot be', async () => {
    world().hub.add(REPO, { 'm.gguf': distinctBytes(100) });
    const environment = world().environment({ HF_HUB_DISABLE_SYMLINKS: '1' });
    const path = await world().pull(undefined, { environment });
    expect((await lstat(path)).isFile()).toBe(true);
    expect(Buffer.compare(await readFile(path), distinctBytes(100))).toBe(0);
  });

  test('a file that two commits share is downloaded once', async () => {
    world().hub.add(REPO, { 'm.gguf': distinctBytes(100), 'README.md': '1' });
    await world().pull();
    const commit = world().hub.add(REPO, { 'm.gguf': distinctBytes(100), 'README.md': '2' });
    const path = await world().pull(undefined, { refresh: true });
    expect(path).toBe(world().cached('snapshots', commit, 'm.gguf'));
    expect(world().hub.rangesOf('m.gguf')).toHaveLength(1);
  });
});

describe('which files', () => {
  test('a checkpoint is its folder, without what is no part of the model', async () => {
    const commit = world().hub.add(REPO, CHECKPOINT);
    const path = await world().pull();
    expect(path).toBe(world().cached('snapshots', commit));
    const { 'README.md': _, ...wanted } = CHECKPOINT;
    expect((await readdir(path)).sort()).toEqual(Object.keys(wanted).sort());
  });

  test('weights in several files come with their index', async () => {
    world().hub.add(REPO, SHARDED);
    expect((await readdir(await world().pull())).sort()).toEqual(Object.keys(SHARDED).sort());
  });

  test('an index that names a file which is not there', async () => {
    const { [WEIGHTS[1]]: _, ...lacking } = SHARDED;
    world().hub.add(REPO, lacking);
    await expect(world().pull()).rejects.toMatchObject({
      code: 'model_not_found',
      message: expect.stringContaining(WEIGHTS[1]),
    });
  });

  test('all shards of a quantization', async () => {
    const [one, two] = ['b/m-Q4_K_M-00001-of-00002.gguf', 'b/m-Q4_K_M-00002-of-00002.gguf'] as const;
    const commit = world().hub.add(REPO, { [one]: 'one', [two]: 'two', 'm-Q8_0.gguf': 'eight' });
    expect(await world().pull(`hf:${REPO}:q4_k_m`)).toBe(
      world().cached('snapshots', commit, ...one.split('/')),
    );
    expect((await readdir(world().cached('snapshots', commit, 'b'))).length).toBe(2);
    expect(world().hub.rangesOf('m-Q8_0.gguf')).toEqual([]);
  });

  test('several and none named is an error that lists them', async () => {
    world().hub.add(REPO, { 'm-Q4_0.gguf': '4', 'm-Q8_0.gguf': '8' });
    await expect(world().pull()).rejects.toMatchObject({
      code: 'ambiguous_model',
      message: expect.stringMatching(/"m-Q4_0\.gguf", "m-Q8_0\.gguf"/),
    });
  });

  test('a listing in pages, whose links name another host', async () => {
    world().hub.treePage = 2;
    world().hub.add(REPO, CHECKPOINT);
    expect(await readdir(await world().pull())).toHaveLength(4);
    const pages = world().hub.asked.filter(({ path }) => path.includes('/tree/'));
    expect(pages.map(({ query }) => query)).toEqual([
      '?recursive=true',
      '?recursive=true&cursor=2',
      '?recursive=true&cursor=4',
    ]);
  });

  test('a mirror without trees is asked for each file', async () => {
    world().hub.trees = false;
    world().hub.add(REPO, CHECKPOINT);
    const path = await world().pull();
    expect(Buffer.compare(await readFile(join(path, 'model.safetensors')), distinctBytes(3000))).toBe(0);
    expect(world().hub.asked.filter(({ method }) => method === 'HEAD')).toHaveLength(4);
  });
});

describe('revisions', () => {
  test('a commit is its own name', async () => {
    const commit = world().hub.add(REPO, { 'm.gguf': 'm' });
    await world().pull(`hf:${REPO}@${commit}`);
    expect(await readdir(world().cached())).not.toContain('refs');
    const asked = world().hub.asked.length;
    await world().pull(`hf:${REPO}@${commit}`);
    expect(world().hub.asked).toHaveLength(asked);
  });

  test('one that is not there', async () => {
    world().hub.add(REPO, { 'm.gguf': 'm' });
    await expect(world().pull(`hf:${REPO}@v9`)).rejects.toMatchObject({
      code: 'model_not_found',
      message: expect.stringMatching(/revision v9/),
    });
  });

  test('a branch stays where it was until it is refreshed', async () => {
    const first = world().hub.add(REPO, { 'm.gguf': 'one' });
    await world().pull();
    world().hub.add(REPO, { 'm.gguf': 'two' });
    expect(await world().pull()).toBe(world().cached('snapshots', first, 'm.gguf'));
    expect(await readFile(await world().pull(undefined, { refresh: true }), 'utf8')).toBe('two');
    expect(await readFile(await world().pull(), 'utf8')).toBe('two');
  });

  test('a pull that fails leaves the branch where it was', async () => {
    const first = world().hub.add(REPO, { 'm.gguf': 'one' });
    await world().pull();
    world().hub.add(REPO, { 'm.gguf': distinctBytes(1000) });
    world().hub.always('m.gguf', cutAfter(1));
    await expect(world().pull(undefined, { refresh: true })).rejects.toMatchObject({
      code: 'hub_unavailable',
    });
    expect(await world().pull(undefined, { offline: true })).toBe(
      world().cached('snapshots', first, 'm.gguf'),
    );
  });
});

describe('what is in the cache is found without the network', () => {
  test('a GGUF that Python brought', async () => {
    await cacheFile(COMMIT, 'm-Q8_0.gguf', 'bytes');
    await remember(COMMIT);
    const expected = world().cached('snapshots', COMMIT, 'm-Q8_0.gguf');
    for (const reference of [
      `hf:${REPO}`,
      `hf:${REPO}:Q8_0`,
      `hf:${REPO}:m-Q8_0.gguf`,
      `hf:${REPO}@${COMMIT}`,
    ]) {
      expect(await world().pull(reference)).toBe(expected);
    }
    expect(world().hub.asked).toEqual([]);
  });

  test('a checkpoint that Python brought, of one file and of several', async () => {
    for (const files of [CHECKPOINT, SHARDED]) {
      await rm(world().cached(), { recursive: true, force: true });
      for (const [path, content] of Object.entries(files)) await cacheFile(COMMIT, path, content);
      await remember(COMMIT);
      expect(await world().pull()).toBe(world().cached('snapshots', COMMIT));
    }
    expect(world().hub.asked).toEqual([]);
  });

  test('a file that was moved instead of linked, as on systems without links', async () => {
    const pointer = world().cached('snapshots', COMMIT, 'm.gguf');
    await mkdir(dirname(pointer), { recursive: true });
    await writeFile(pointer, 'm');
    await remember(COMMIT);
    expect(await world().pull()).toBe(pointer);
  });

  test.each(['config.json', 'tokenizer.json', 'model.safetensors'])('not without %s', async (lacking) => {
    const commit = world().hub.add(REPO, CHECKPOINT);
    for (const [path, content] of Object.entries(CHECKPOINT)) {
      if (path !== lacking) await cacheFile(commit, path, content);
    }
    await remember(commit);
    await expect(world().pull(undefined, { offline: true })).rejects.toMatchObject({ code: 'offline' });
    expect(await readdir(await world().pull())).toContain(lacking);
    expect(world().hub.asked.filter(({ path }) => path.includes('/resolve/'))).toHaveLength(1);
  });

  test('not without a file that the index names', async () => {
    const { [WEIGHTS[1]]: second, ...lacking } = SHARDED;
    for (const [path, content] of Object.entries(lacking)) await cacheFile(COMMIT, path, content);
    await remember(COMMIT);
    await expect(world().pull(undefined, { offline: true })).rejects.toMatchObject({ code: 'offline' });
    await cacheFile(COMMIT, WEIGHTS[1], second);
    expect(await world().pull(undefined, { offline: true })).toBe(world().cached('snapshots', COMMIT));
  });

  test('not a link whose blob is gone, nor a shard alone', async () => {
    await cacheFile(COMMIT, 'm-00001-of-00002.gguf', 'one');
    await remember(COMMIT);
    await expect(world().pull(undefined, { offline: true })).rejects.toMatchObject({ code: 'offline' });
    await cacheFile(COMMIT, 'm-00002-of-00002.gguf', 'two');
    expect(await world().pull(undefined, { offline: true })).toMatch(/00001-of-00002\.gguf$/);
    await rm(world().cached('blobs', blobName('.gguf', Buffer.from('two'))));
    await expect(world().pull(undefined, { offline: true })).rejects.toMatchObject({ code: 'offline' });
  });
});

describe('offline', () => {
  test.each([
    [{ offline: true }, {}],
    [{}, { HF_HUB_OFFLINE: '1' }],
  ])('%j %j never asks, and says how to get the model', async (options, variables) => {
    world().hub.add(REPO, { 'm.gguf': 'm' });
    const environment = world().environment(variables);
    await expect(world().pull(`hf:${REPO}:m.gguf`, { ...options, environment })).rejects.toMatchObject({
      code: 'offline',
      hint: expect.stringContaining(`quire pull hf:${REPO}:m.gguf`),
    });
    expect(world().hub.asked).toEqual([]);
  });

  test('several in the cache are named', async () => {
    for (const path of ['m-Q4_0.gguf', 'm-Q8_0.gguf']) await cacheFile(COMMIT, path, path);
    await remember(COMMIT);
    await expect(world().pull(undefined, { offline: true })).rejects.toMatchObject({
      code: 'ambiguous_model',
    });
  });
});

describe('who may not', () => {
  test('without a token, with a wrong one, with the right one', async () => {
    world().hub.add(REPO, { 'm.gguf': 'm' });
    world().hub.token = 'hf_right';
    const pull = (HF_TOKEN: string) =>
      world().pull(undefined, { environment: world().environment({ HF_TOKEN }) });
    await expect(pull('')).rejects.toMatchObject({
      code: 'access_denied',
      hint: expect.stringMatching(/HF_TOKEN/),
    });
    await expect(pull('hf_wrong')).rejects.toMatchObject({ code: 'access_denied' });
    expect(await readFile(await pull('hf_right'), 'utf8')).toBe('m');
    expect(world().hub.asked.filter(({ path }) => path.endsWith('/main'))).toHaveLength(3);
  });

  test('a gated model', async () => {
    world().hub.add(REPO, { 'm.gguf': 'm' });
    world().hub.next('m.gguf', ({ response }) =>
      response.writeHead(403, { 'x-error-code': 'GatedRepo' }).end(),
    );
    await expect(world().pull()).rejects.toMatchObject({
      code: 'access_denied',
      hint: expect.stringMatching(/conditions/),
    });
    expect(world().hub.rangesOf('m.gguf')).toHaveLength(1);
  });

  test('a model that is not there', async () => {
    await expect(world().pull()).rejects.toMatchObject({ code: 'model_not_found' });
    expect(world().hub.asked).toHaveLength(1);
  });
});

test('progress counts all files, never beyond the total, and ends at it', async () => {
  world().hub.add(REPO, SHARDED);
  const told: [number, number, string][] = [];
  await world().pull(undefined, { onProgress: (...one) => told.push(one) });
  const { 'model.safetensors.index.json': index, ...others } = SHARDED;
  const total = [index, ...Object.values(others)].reduce((sum, content) => sum + content.length, 0);
  expect(new Set(told.map(([, of]) => of))).toEqual(new Set([total]));
  expect(told.at(-1)?.[0]).toBe(total);
  const done = told.map(([bytes]) => bytes);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(new Set(told.map(([, , file]) => file))).toEqual(new Set(Object.keys(SHARDED)));
});

test('two pulls of one model at once bring it once', async () => {
  world().hub.add(REPO, { 'm.gguf': distinctBytes(50_000) });
  const [one, two] = await Promise.all([world().pull(), world().pull()]);
  expect(one).toBe(two);
  expect(Buffer.compare(await readFile(one), distinctBytes(50_000))).toBe(0);
  expect(world().hub.rangesOf('m.gguf')).toHaveLength(1);
});
