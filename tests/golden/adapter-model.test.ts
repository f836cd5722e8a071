// An adapter that is given as a model: its base model is loaded, and requests use the adapter by default.

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadEngine } from '../../src/index.ts';
import { fixture } from '../support/fixtures.ts';
import { FakeHub } from '../support/hub/fake-hub.ts';
import { temporaryFolderForEachTest } from '../support/temporary-folder.ts';

const BASE = fixture('tiny-qwen2');
const PLAIN = fixture(join('adapters', 'plain'));
const RSLORA = fixture(join('adapters', 'rslora'));
const REQUEST = {
  tokens: Array.from({ length: 20 }, (_, t) => 4 + ((17 * t) % 370)),
  temperature: 0,
  maxTokens: 8,
  logprobs: 2,
};

const folder = temporaryFolderForEachTest('adapter-model');
const configOf = (adapter: string, base: string): string =>
  JSON.stringify({
    ...JSON.parse(readFileSync(join(adapter, 'adapter_config.json'), 'utf8')),
    base_model_name_or_path: base,
  });

/** Writes a copy of an adapter that names `base`. Returns its folder. */
function writeAdapter(name: string, adapter: string, base: string): string {
  const path = join(folder(), name);
  cpSync(adapter, path, { recursive: true });
  writeFileSync(join(path, 'adapter_config.json'), configOf(adapter, base));
  return path;
}

describe('an engine whose model is an adapter', () => {
  it('answers as its base model with the adapter, and is called BASE:ADAPTER', async () => {
    await using base = await loadEngine({ model: BASE, adapters: { plain: PLAIN } });
    await using engine = await loadEngine({ model: writeAdapter('my-lora', PLAIN, BASE) });
    const [without, expected, result] = [
      await base.generate(REQUEST).result,
      await base.generate({ ...REQUEST, adapter: 'plain' }).result,
      await engine.generate(REQUEST).result,
    ];
    expect(result.tokens).toEqual(expected.tokens);
    expect(result.logprobs).toEqual(expected.logprobs);
    expect(result.tokens).not.toEqual(without.tokens);
    expect(engine.info.model).toBe('tiny-qwen2:my-lora');
    expect([engine.defaultAdapter, base.defaultAdapter]).toEqual(['my-lora', undefined]);
    expect(engine.adapters).toMatchObject([{ name: 'my-lora', rank: 4 }]);
  });

  it('also answers with other adapters, whose cached tokens are separate', async () => {
    const model = writeAdapter('my-lora', PLAIN, BASE);
    await using engine = await loadEngine({ model, adapters: { other: RSLORA, same: PLAIN } });
    const cachedTokens = async (adapter?: string): Promise<number> =>
      (await engine.generate(adapter === undefined ? REQUEST : { ...REQUEST, adapter }).result).cachedTokens;
    expect(await cachedTokens()).toBe(0);
    expect(await cachedTokens('other')).toBe(0);
    expect(await cachedTokens()).toBe(19);
    expect(await cachedTokens('my-lora')).toBe(19);
    expect(await cachedTokens('same')).toBe(19); // the same matrices under another name
    expect(await cachedTokens('other')).toBe(19);
  });

  it('keeps its default adapter', async () => {
    await using engine = await loadEngine({
      model: BASE,
      adapters: { plain: PLAIN },
      defaultAdapter: 'plain',
    });
    await expect(engine.unloadAdapter('plain')).rejects.toMatchObject({ code: 'bad_option' });
    expect((await engine.generate(REQUEST).result).tokens).toHaveLength(8);
  });

  it('gives forks and several choices the default adapter', async () => {
    await using engine = await loadEngine({
      model: BASE,
      adapters: { plain: PLAIN },
      defaultAdapter: 'plain',
    });
    const { tokens } = await engine.generate(REQUEST).result;
    const choices = await Promise.all(engine.generateChoices(REQUEST, 2).map(({ result }) => result));
    for (const choice of choices) expect(choice.tokens).toEqual(tokens);
  });

  it.each(['other', 5])('rejects the default adapter %j', async (name) => {
    const options = { model: BASE, adapters: { plain: PLAIN }, defaultAdapter: name as string };
    await expect(loadEngine(options)).rejects.toMatchObject({ code: 'bad_option' });
  });

  it('rejects an adapter that was made for another model', async () => {
    const model = writeAdapter('my-lora', PLAIN, fixture('tiny-gpt2'));
    await expect(loadEngine({ model })).rejects.toMatchObject({ code: 'bad_adapter' });
  });
});

describe('an adapter of a hub', () => {
  let hub: FakeHub;
  beforeEach(async () => {
    hub = await FakeHub.start();
    const cache = join(folder(), 'cache');
    mkdirSync(cache);
    const variables = { HF_HOME: cache, HF_ENDPOINT: hub.url, HF_HUB_CACHE: '', HUGGINGFACE_HUB_CACHE: '' };
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    const files = readdirSync(BASE).filter((name) => name.endsWith('.json') || name.endsWith('.safetensors'));
    hub.add('owner/base', Object.fromEntries(files.map((file) => [file, readFileSync(join(BASE, file))])));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await hub.stop();
  });

  const addAdapter = (repo: string, base: string): string =>
    hub.add(repo, {
      'adapter_config.json': Buffer.from(configOf(PLAIN, base)),
      'adapter_model.safetensors': readFileSync(join(PLAIN, 'adapter_model.safetensors')),
      'README.md': Buffer.from('An adapter.'),
    });

  it('is downloaded with its base model, and found in the cache without network', async () => {
    addAdapter('owner/lora', 'owner/base');
    const model = 'hf:owner/lora';
    await expect(loadEngine({ model, offline: true })).rejects.toMatchObject({ code: 'offline' });
    const files = new Set<string | undefined>();
    await using local = await loadEngine({ model: BASE, adapters: { plain: PLAIN } });
    const { tokens } = await local.generate({ ...REQUEST, adapter: 'plain' }).result;
    {
      await using engine = await loadEngine({ model, onProgress: (_done, _total, file) => files.add(file) });
      expect(engine.info.model).toBe('owner/base:lora');
      expect((await engine.generate(REQUEST).result).tokens).toEqual(tokens);
    }
    expect([...files].slice(0, 2)).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
    expect(files).toContain('model.safetensors');
    expect(files).not.toContain('README.md');
    await hub.stop();
    for (const reference of [model, `${model}:adapter_model.safetensors`]) {
      await using engine = await loadEngine({ model: reference, offline: true });
      expect((await engine.generate(REQUEST).result).tokens).toEqual(tokens);
    }
  });

  it('may be a local folder whose base model is on the hub', async () => {
    const model = writeAdapter('my-lora', PLAIN, 'owner/base');
    await expect(loadEngine({ model, offline: true })).rejects.toMatchObject({ code: 'offline' });
    expect(hub.requests).toEqual([]);
    await using engine = await loadEngine({ model });
    expect(engine.info.model).toBe('owner/base:my-lora');
  });

  it.each([
    [BASE, /is not owner\/repo on the hub/],
    ['../../../../../../../etc', /is not owner\/repo on the hub/],
    ['owner/lora', /names itself as its base model/],
    ['owner/second', /base model hf:owner\/second is an adapter too/],
  ])('is rejected if its base model is %j', async (base, message) => {
    addAdapter('owner/lora', base);
    addAdapter('owner/second', 'owner/base');
    const rejection = { code: 'bad_adapter', message: expect.stringMatching(message) };
    await expect(loadEngine({ model: 'hf:owner/lora' })).rejects.toMatchObject(rejection);
    expect(hub.requests.some(({ path }) => path.includes('owner/base'))).toBe(false);
  });

  it('without safetensors is rejected', async () => {
    hub.add('owner/lora', {
      'adapter_config.json': Buffer.from('{}'),
      'adapter_model.bin': Buffer.from('x'),
    });
    await expect(loadEngine({ model: 'hf:owner/lora' })).rejects.toMatchObject({ code: 'unknown_format' });
  });
});
