import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolderForEachTest } from '../../../tests/support/temporary-folder.ts';
import { adapterModel, withBaseModel } from './base-model.ts';

const root = temporaryFolderForEachTest('base-model');
const at = (...parts: string[]): string => join(root(), ...parts);

async function writeAdapter(folder: string, config: object): Promise<string> {
  await mkdir(at(folder), { recursive: true });
  await writeFile(at(folder, 'adapter_config.json'), JSON.stringify(config));
  await writeFile(at(folder, 'adapter_model.safetensors'), '');
  return at(folder);
}

beforeEach(async () => {
  await mkdir(at('models', 'base'), { recursive: true });
  await writeFile(at('models', 'base', 'config.json'), '{}');
  await writeFile(at('models', 'base', 'model.safetensors'), '');
  await writeFile(at('models', 'base.gguf'), '');
  await writeFile(at('secret.txt'), 'secret');
  await mkdir(at('empty'));
});

const offline = { environment: { HF_HUB_CACHE: '/nowhere', HF_HUB_OFFLINE: '1' } };

describe('adapterModel', () => {
  it.each([
    ['a folder relative to the adapter', '../models/base', 'models/base'],
    ['a file relative to the adapter', '../models/base.gguf', 'models/base.gguf'],
    ['an absolute path', undefined, 'models/base'],
  ])('finds %s', async (_name, value, path) => {
    const folder = await writeAdapter('my adapter', { base_model_name_or_path: value ?? at(path) });
    const found = { name: 'my-adapter', path: folder, base: at(path) };
    expect(await adapterModel(folder)).toEqual(found);
    expect(await adapterModel(join(folder, 'adapter_model.safetensors'))).toEqual(found);
  });

  it.each([
    [{ base_model_name_or_path: 'owner/repo' }, 'hf:owner/repo'],
    [{ base_model_name_or_path: 'owner/repo', revision: 'v1' }, 'hf:owner/repo@v1'],
    [{ base_model_name_or_path: 'owner/repo', revision: null }, 'hf:owner/repo'],
  ])('asks the hub for the base model of %j', async (config, reference) => {
    const folder = await writeAdapter('adapter', config);
    const bases: string[] = [];
    const found = adapterModel(folder, { ...offline, onBase: (base) => bases.push(base) });
    await expect(found).rejects.toMatchObject({
      code: 'offline',
      message: expect.stringContaining(`${reference} is not`),
    });
    expect(bases).toEqual([reference]);
  });

  it.each([
    [undefined, /does not name its base model/],
    [null, /does not name its base model/],
    ['', /does not name its base model/],
    [['owner/repo'], /does not name its base model/],
    ['tiny', /base model "tiny" is neither an existing path nor owner\/repo on the hub/],
    ['/nowhere/llama', /neither an existing path/],
    ['../../../../../../etc', /"\.\.\/\.\.\/\.\.\/\.\.\/\.\.\/\.\.\/etc" is not a model: \/etc/],
    ['/etc/passwd', /"\/etc\/passwd" is not a model/],
    ['/dev/zero', /is not a model/],
    ['../secret.txt', /is not a model/],
    ['../empty', /is not a model/],
    ['https://example.com/model', /neither an existing path/],
    ['hf:owner/repo', /neither an existing path/],
    ['owner/repo@main:file', /neither an existing path/],
    ['owner/../repo', /neither an existing path/],
    ['//server/share/model', /neither a path nor owner\/repo/],
    [String.raw`\\server\share\model`, /neither a path nor owner\/repo/],
    ['owner/repo\u001b[2J', /"owner\/repo\\u001b\[2J" is neither/],
    ['owner/repo\0', /is neither/],
    ['x'.repeat(100_000), /"x{200}" is neither/],
    ['.', /is an adapter too/],
    ['../other', /base model [^ ]+other is an adapter too/],
    ['../loop', /is not a model|is neither/],
  ])('rejects the base model %j', async (value, message) => {
    const folder = await writeAdapter('adapter', { base_model_name_or_path: value });
    await writeAdapter('other', { base_model_name_or_path: '../models/base' });
    await symlink(at('loop'), at('loop'));
    await expect(adapterModel(folder, offline)).rejects.toMatchObject({
      code: 'bad_adapter',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('--model BASE --adapter NAME=PATH'),
    });
  });

  it.each(['v1:file', '../../x', '', 5, 'a'.repeat(5000)])('rejects the revision %j', async (revision) => {
    const folder = await writeAdapter('adapter', { base_model_name_or_path: 'owner/repo', revision });
    await expect(adapterModel(folder, offline)).rejects.toMatchObject({
      code: 'bad_adapter',
      message: expect.stringContaining('the revision of its base model is not valid'),
    });
  });

  it('finds no adapter in a model, in a folder that has both, and at a path that does not exist', async () => {
    for (const path of [at('models', 'base'), at('models', 'base.gguf'), at('nowhere')])
      expect(await adapterModel(path)).toBeUndefined();
    const both = await writeAdapter('both', {});
    for (const file of ['config.json', 'model.safetensors']) await writeFile(join(both, file), '{}');
    expect(await adapterModel(both)).toBeUndefined();
  });
});

describe('withBaseModel', () => {
  it('makes the adapter the default one, besides the given adapters', async () => {
    const model = await writeAdapter('tuned', { base_model_name_or_path: '../models/base' });
    expect(await withBaseModel({ model, adapters: { other: '/other' }, cacheSize: 5 })).toEqual({
      model: at('models', 'base'),
      adapters: { other: '/other', tuned: model },
      defaultAdapter: 'tuned',
      cacheSize: 5,
    });
  });

  it('rejects another default adapter, and an adapter with the name of the model', async () => {
    const model = await writeAdapter('tuned', { base_model_name_or_path: '../models/base' });
    const other = { model, adapters: { other: '/other' }, defaultAdapter: 'other' };
    await expect(withBaseModel(other)).rejects.toMatchObject({ code: 'bad_option' });
    const same = { model, adapters: { tuned: '/other' } };
    await expect(withBaseModel(same)).rejects.toMatchObject({ code: 'adapter_exists' });
  });
});
