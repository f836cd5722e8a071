import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tinyLlama } from '../gguf-fixture.ts';
import { encodeSafetensors, floats } from '../safetensors-fixture.ts';
import { openModelFile, openTokenizer } from './open-model.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-formats-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (file: string, content: string | Uint8Array) => writeFile(join(folder, file), content);

const GPT2 = { model_type: 'gpt2', vocab_size: 2, n_embd: 2, n_layer: 1, n_head: 1, n_positions: 4 };
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

it('opens a GGUF file', async () => {
  await write('tiny.gguf', tinyLlama());
  const model = await openModelFile(join(folder, 'tiny.gguf'));
  const target = new Uint8Array(new SharedArrayBuffer(128));
  await model.readInto('model.norm.weight', target);
  expect(target[127]).toBe(127);
  await model.close();
  expect((await openTokenizer(join(folder, 'tiny.gguf'))).kind).toBe('vocabulary');
});

it('opens a Hugging Face folder, and turns Conv1D weights round', async () => {
  await writeCheckpoint();
  await write('chat_template.jinja', '{{ bos_token }}');
  const model = await openModelFile(folder);
  expect([...model.tensors.keys()]).toEqual(['wte.weight', 'h.0.mlp.c_fc.weight']);
  expect(model.tensors.get('h.0.mlp.c_fc.weight')?.shape).toEqual([3, 2]);
  const target = new Float32Array(6);
  await model.readInto('h.0.mlp.c_fc.weight', new Uint8Array(target.buffer));
  expect([...target]).toEqual([1, 4, 2, 5, 3, 6]);
  expect(model.tokenizer.chatTemplate).toBe('{{ bos_token }}');
  await model.close();
});

it('opens the tokenizer of a folder that holds nothing else', async () => {
  await write('tokenizer.json', JSON.stringify(TOKENIZER));
  expect((await openTokenizer(folder)).kind).toBe('files');
});

it('refuses a checkpoint with a tensor of another network', async () => {
  await writeCheckpoint();
  const extra = { 'h.0.adapter.weight': { dtype: 'F32', shape: [1], data: floats(1) } };
  await write('model.safetensors', encodeSafetensors({ ...TENSORS, ...extra }));
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
  ['model.safetensors', undefined, 'bad_model_folder', /no model\.safetensors/],
  ['model.safetensors', 'x', 'bad_safetensors', /too few/],
] as const)('refuses a folder whose %s is %s', async (file, content, code, message) => {
  await writeCheckpoint();
  if (content === undefined) await rm(join(folder, file));
  else await write(file, content);
  await expect(openModelFile(folder)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

it('says that sharded weights are not read yet', async () => {
  await writeCheckpoint();
  await rm(join(folder, 'model.safetensors'));
  await write('model.safetensors.index.json', '{}');
  await expect(openModelFile(folder)).rejects.toMatchObject({
    message: expect.stringContaining('several files'),
  });
});

it('says what is wrong with a path', async () => {
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
