import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { llamaTensors, type Metadata, tinyLlama } from '../../formats/gguf/metadata-fixture.ts';
import { encodeGguf } from '../../formats/gguf/writer.ts';
import { openTokenizer } from '../../formats/node/open-model.ts';
import { encodeSafetensors, floats } from '../../formats/safetensors/file-fixture.ts';
import { openModelFile } from './open-model-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-formats-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (file: string, content: string | Uint8Array) => writeFile(join(folder, file), content);

const GPT2 = {
  model_type: 'gpt2',
  vocab_size: 2,
  n_embd: 2,
  n_layer: 1,
  n_head: 1,
  n_inner: 3,
  n_positions: 3,
};
const TOKENIZER = { model: { type: 'BPE', vocab: { a: 0, b: 1 }, merges: [] }, added_tokens: [] };
const TENSORS = {
  'transformer.wte.weight': { dtype: 'F32', shape: [2, 2], data: floats(1, 2, 3, 4) },
  'transformer.h.0.attn.bias': { dtype: 'BOOL', shape: [4], data: new Uint8Array(4) },
  'transformer.h.0.mlp.c_fc.weight': { dtype: 'F32', shape: [2, 3], data: floats(1, 2, 3, 4, 5, 6) },
  'lm_head.weight': { dtype: 'F32', shape: [2, 2], data: floats(1, 2, 3, 4) },
};

async function writeCheckpoint(): Promise<void> {
  await write('config.json', JSON.stringify(GPT2));
  await write('tokenizer.json', JSON.stringify(TOKENIZER));
  await write('model.safetensors', encodeSafetensors(TENSORS));
}

it('openModelFile opens a GGUF file', async () => {
  await write('tiny.gguf', tinyLlama());
  const model = await openModelFile(join(folder, 'tiny.gguf'));
  const target = new Uint8Array(new SharedArrayBuffer(128));
  await model.readInto('model.norm.weight', target);
  expect(target[127]).toBe(127);
  await model.close();
  expect((await openTokenizer(join(folder, 'tiny.gguf'))).kind).toBe('vocabulary');
});

it('openModelFile opens a Hugging Face folder and transposes Conv1D weights', async () => {
  await writeCheckpoint();
  await write('chat_template.jinja', '{{ bos_token }}');
  const model = await openModelFile(folder);
  expect([...model.tensors.keys()]).toEqual(['wte.weight', 'h.0.mlp.c_fc.weight']);
  expect(model.tensors.get('h.0.mlp.c_fc.weight')?.shape).toEqual([3, 2]);
  const target = new Float32Array(6);
  await model.readInto('h.0.mlp.c_fc.weight', new Uint8Array(target.buffer));
  expect([...target]).toEqual([1, 4, 2, 5, 3, 6]);
  expect(model.tokenizer.chatTemplates?.get('default')).toBe('{{ bos_token }}');
  await model.close();
});

it('openTokenizer opens a folder that contains only a tokenizer', async () => {
  await write('tokenizer.json', JSON.stringify(TOKENIZER));
  expect((await openTokenizer(folder)).kind).toBe('files');
});

it('openModelFile rejects a checkpoint with a tensor that the family does not have', async () => {
  await writeCheckpoint();
  const extraTensor = { 'h.0.adapter.weight': { dtype: 'F32', shape: [1], data: floats(1) } };
  await write('model.safetensors', encodeSafetensors({ ...TENSORS, ...extraTensor }));
  await expect(openModelFile(folder)).rejects.toMatchObject({
    code: 'unsupported_config',
    message: expect.stringContaining('h.0.adapter.weight'),
  });
});

it.each([
  ['config.json', undefined, 'bad_model_folder', /no config\.json/],
  ['config.json', '[1]', 'bad_model_folder', /not a JSON object/],
  ['config.json', '{"model_type":', 'bad_model_folder', /not a JSON object/],
  ['tokenizer.json', undefined, 'bad_model_folder', /no tokenizer\.json/],
  ['model.safetensors', undefined, 'bad_model_folder', /neither model\.safetensors/],
  ['model.safetensors', 'x', 'bad_safetensors', /too few/],
] as const)('openModelFile rejects a folder whose %s is %s', async (file, content, code, message) => {
  await writeCheckpoint();
  if (content === undefined) await rm(join(folder, file));
  else await write(file, content);
  await expect(openModelFile(folder)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

describe('weights in several files', () => {
  const { 'lm_head.weight': head, ...body } = TENSORS;
  const entriesFor = (file: string, names: readonly string[]) => names.map((name) => [name, file]);
  const writeShards = async (index: unknown): Promise<void> => {
    await writeCheckpoint();
    await rm(join(folder, 'model.safetensors'));
    await write('model-00001-of-00002.safetensors', encodeSafetensors(body));
    await write('model-00002-of-00002.safetensors', encodeSafetensors({ 'lm_head.weight': head }));
    await write('model.safetensors.index.json', JSON.stringify({ weight_map: index }));
  };
  const index = Object.fromEntries([
    ...entriesFor('model-00001-of-00002.safetensors', Object.keys(body)),
    ...entriesFor('model-00002-of-00002.safetensors', ['lm_head.weight']),
  ]);

  it.each(['', 'model-00002-of-00002.safetensors'])('are opened with their index (path %j)', async (file) => {
    await writeShards(index);
    const model = await openModelFile(join(folder, file));
    const target = new Float32Array(6);
    await model.readInto('h.0.mlp.c_fc.weight', new Uint8Array(target.buffer));
    expect([...target]).toEqual([1, 4, 2, 5, 3, 6]);
    await model.close();
  });

  it('may have any name, even in subfolders', async () => {
    await writeShards(
      Object.fromEntries(Object.keys(TENSORS).map((name) => [name, 'my weights/\u00f6 + 1.SAFETENSORS'])),
    );
    await mkdir(join(folder, 'my weights'));
    await write('my weights/\u00f6 + 1.SAFETENSORS', encodeSafetensors(TENSORS));
    await (await openModelFile(folder)).close();
  });

  it.each([
    ['a name with control characters', { 'wte.weight': '\x1b[2J.safetensors' }],
    ['a file outside the folder', { 'wte.weight': '../model.safetensors' }],
    ['an absolute path', { 'wte.weight': '/etc/passwd' }],
    ['a path out of its subfolder', { 'wte.weight': 'weights/../../x.safetensors' }],
    ['an absolute path to weights', { 'wte.weight': '/x.safetensors' }],
    ['a Windows path', { 'wte.weight': 'weights\\x.safetensors' }],
    ['a path that begins with a dot', { 'wte.weight': './x.safetensors' }],
    ['no names', {}],
    ['a number', { 'wte.weight': 3 }],
    ['a list', []],
  ])('are rejected if the index contains %s', async (_name, invalidMap) => {
    await writeShards(invalidMap);
    await expect(openModelFile(folder)).rejects.toMatchObject({ code: 'bad_model_folder' });
  });

  it('are rejected if a tensor is not in the file that the index names', async () => {
    await writeShards({ ...index, 'transformer.h.0.mlp.c_fc.weight': 'model-00002-of-00002.safetensors' });
    await expect(openModelFile(folder)).rejects.toMatchObject({ code: 'missing_tensor' });
  });

  it('are rejected if a file is missing', async () => {
    await writeShards(index);
    await rm(join(folder, 'model-00002-of-00002.safetensors'));
    await expect(openModelFile(folder)).rejects.toMatchObject({ code: 'file_not_found' });
  });
});

it.each([
  ['an adapter alone', []],
  ['an adapter with the config of its model', ['config.json']],
])('openModelFile rejects %s', async (_name, otherFiles) => {
  for (const file of ['adapter_config.json', 'adapter_model.safetensors', ...otherFiles])
    await write(file, '{}');
  for (const path of [folder, join(folder, 'adapter_model.safetensors')])
    await expect(openModelFile(path)).rejects.toMatchObject({
      code: 'unsupported_config',
      message: expect.stringContaining('is a LoRA adapter'),
    });
});

it('openModelFile opens a checkpoint whose folder also has an adapter', async () => {
  await writeCheckpoint();
  await write('adapter_config.json', '{}');
  await (await openModelFile(folder)).close();
});

it('openModelFile opens a folder with one GGUF, and rejects two GGUF with a list of the files', async () => {
  await write('tiny.gguf', tinyLlama());
  const model = await openModelFile(folder);
  expect(model.format).toBe('gguf');
  await model.close();
  expect((await openTokenizer(folder)).kind).toBe('vocabulary');
  await write('other.gguf', tinyLlama());
  await expect(openModelFile(folder)).rejects.toMatchObject({
    code: 'bad_model_folder',
    message: expect.stringContaining('other.gguf, tiny.gguf'),
  });
});

it('openModelFile opens the GGUF of a folder that also has small files of a checkpoint', async () => {
  await write('config.json', JSON.stringify({ model_type: 'llama' }));
  await write('tokenizer.json', JSON.stringify(TOKENIZER));
  await write('mmproj-tiny-f16.gguf', 'a projector');
  await write('tiny.GGUF', tinyLlama());
  const model = await openModelFile(folder);
  expect(model.format).toBe('gguf');
  await model.close();
  expect((await openTokenizer(folder)).kind).toBe('vocabulary');
});

describe('a GGUF in several files', () => {
  const names = [1, 2].map((number) => `tiny-0000${number}-of-00002.gguf`);
  const position = (no: number): Metadata => ({
    'split.no': { type: 'uint16', value: no },
    'split.count': { type: 'uint16', value: 2 },
  });
  const writeShards = async (second: Metadata = position(1)): Promise<void> => {
    await write(names[0]!, tinyLlama(position(0), llamaTensors.slice(0, 1)));
    await write(names[1]!, encodeGguf(second, llamaTensors.slice(1)));
  };

  it.each([0, 1])('is opened by the path of any part: %i', async (part) => {
    await writeShards();
    const model = await openModelFile(join(folder, names[part]!));
    expect([...model.tensors.keys()].sort()).toEqual([
      'model.embed_tokens.weight',
      'model.layers.0.self_attn.q_proj.weight',
      'model.norm.weight',
    ]);
    const target = new Uint8Array(128);
    await model.readInto('model.norm.weight', target);
    expect(target[127]).toBe(127);
    await model.close();
  });

  it('is opened by the path of its folder', async () => {
    await writeShards();
    const model = await openModelFile(folder);
    expect(model.tensors.size).toBe(3);
    await model.close();
  });

  it('is rejected if a part is missing, misnamed, or has another index', async () => {
    await writeShards();
    await rm(join(folder, names[1]!));
    await expect(openModelFile(folder)).rejects.toMatchObject({ code: 'file_not_found' });
    await writeShards(position(0));
    await expect(openModelFile(folder)).rejects.toMatchObject({ code: 'bad_gguf' });
    await write('alone.gguf', tinyLlama(position(0)));
    await expect(openModelFile(join(folder, 'alone.gguf'))).rejects.toMatchObject({
      code: 'bad_gguf',
      message: expect.stringContaining('one of 2 files'),
    });
  });
});

it('openModelFile rejects links without their targets', async () => {
  await writeCheckpoint();
  for (const file of ['model.safetensors', 'tokenizer.json', 'config.json']) {
    await rm(join(folder, file));
    await symlink(`../../blobs/${file}`, join(folder, file));
    await expect(openModelFile(folder)).rejects.toMatchObject({
      code: 'file_not_found',
      message: `${join(folder, file)} is a link to a file that does not exist`,
    });
  }
});

it('openModelFile rejects a path without a model, with the reason', async () => {
  await expect(openModelFile(join(folder, 'none.gguf'))).rejects.toMatchObject({ code: 'file_not_found' });
  await write('notes.txt', 'hello');
  await expect(openModelFile(join(folder, 'notes.txt'))).rejects.toMatchObject({ code: 'unknown_format' });
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  await expect(openModelFile(join(folder, 'pipe'))).rejects.toMatchObject({ code: 'file_unreadable' });
  await write('empty', '');
  await expect(openModelFile(join(folder, 'empty'))).rejects.toMatchObject({ code: 'unknown_format' });
  await expect(openModelFile(join(folder, 'notes.txt', 'x'))).rejects.toMatchObject({
    code: 'file_not_found',
  });
});
