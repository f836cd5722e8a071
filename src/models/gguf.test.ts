// Tests that open GGUF files as models of the supported families.

import { expect, it } from 'vitest';
import { createBufferSource } from '../formats/buffer-source.ts';
import { readGgufMetadata } from '../formats/gguf/metadata.ts';
import { countingBytes, llamaMetadata, llamaTensors, tinyLlama } from '../formats/gguf/metadata-fixture.ts';
import { openGguf as openGgufOf, openGgufTokenizer } from '../formats/gguf/open.ts';
import { f32, flag, text, texts, u32 } from '../formats/gguf/typed-values.ts';
import { encodeGguf, type TypedValue } from '../formats/gguf/writer.ts';
import { openGguf } from './open-gguf.ts';
import { FAMILIES } from './registry.ts';

const openBytes = (bytes: Uint8Array) => openGguf(createBufferSource(bytes, 'tiny.gguf'));

it('openGguf reads the configuration', async () => {
  const model = await openBytes(tinyLlama({ 'llama.rope.freq_base': f32(500000) }));
  expect(model.config).toEqual({
    architecture: 'llama',
    name: 'tiny',
    vocabSize: 4,
    hiddenSize: 32,
    layers: 1,
    heads: 4,
    kvHeads: 2,
    headDim: 8,
    ffnSize: 32,
    contextLength: 64,
    normEpsilon: Math.fround(1e-5),
    activation: 'silu',
    rope: { layout: 'interleaved', theta: 500000, dim: 8 },
    tiedEmbeddings: true,
  });
  expect(model.tokenizer.addBos).toBe(true);
  expect(model.generation).toEqual({});
});

it('openGguf names tensors as in the Hugging Face checkpoint, and reads their bytes', async () => {
  const model = await openBytes(tinyLlama());
  expect([...model.tensors.keys()]).toEqual([
    'model.embed_tokens.weight',
    'model.layers.0.self_attn.q_proj.weight',
    'model.norm.weight',
  ]);
  expect(model.tensors.get('model.embed_tokens.weight')).toEqual({
    name: 'model.embed_tokens.weight',
    dtype: 'Q8_0',
    shape: [4, 32],
    byteLength: 136,
  });
  const target = new Uint8Array(new SharedArrayBuffer(136));
  await model.readInto('model.embed_tokens.weight', target);
  expect([...target]).toEqual([...countingBytes(136)]);
});

it('readGgufMetadata reads every type of value', async () => {
  const values: Record<string, TypedValue> = {
    a: { type: 'uint8', value: 200 },
    b: { type: 'int8', value: -3 },
    c: { type: 'uint16', value: 60000 },
    d: { type: 'int16', value: -300 },
    e: { type: 'int32', value: -70000 },
    f: { type: 'uint64', value: 2 ** 40 },
    g: { type: 'int64', value: -(2 ** 40) },
    h: { type: 'float64', value: 0.1 },
    i: flag(true),
    j: { type: 'array', of: 'uint16', value: [1, 2] },
    k: { type: 'array', of: 'bool', value: [true, false] },
    l: {
      type: 'array',
      of: 'string',
      value: ['', '\ufeff', '\u{1F600}', '\ufeffa long string, longer than sixteen bytes'],
    },
  };
  const { metadata } = await readGgufMetadata(createBufferSource(encodeGguf(values, [])));
  const read = [...metadata.keys()].map((key) => {
    const value = metadata.get(key);
    return [key, ArrayBuffer.isView(value) ? [...value] : value];
  });
  expect(read).toEqual(Object.entries(values).map(([key, { value }]) => [key, value]));
});

it('openGgufTokenizer reads a vocabulary that is larger than the read window', {
  timeout: 60_000,
}, async () => {
  const tokens = Array.from({ length: 100_000 }, (_, id) => `token number ${id}`);
  const bytes = encodeGguf(llamaMetadata(tokens), []);
  expect(bytes.length).toBeGreaterThan(2 * 1024 * 1024);
  const tokenizer = await openGgufTokenizer(createBufferSource(bytes));
  expect(tokenizer.tokens).toEqual(tokens);
});

it('openGguf reads version 2 and a non-default alignment', async () => {
  const bytes = tinyLlama({ 'general.alignment': u32(128) });
  bytes[4] = 2;
  const model = await openBytes(bytes);
  const target = new Uint8Array(128);
  await model.readInto('model.norm.weight', target);
  expect(target).toEqual(countingBytes(128));
});

it('openGgufTokenizer reads a file without tensors and of an unsupported architecture', async () => {
  const bytes = encodeGguf({ ...llamaMetadata(), 'general.architecture': text('mamba') }, []);
  const tokenizer = await openGgufTokenizer(createBufferSource(bytes));
  expect(tokenizer).toMatchObject({
    model: 'llama',
    bosId: 1,
    eosIds: [2],
    unknownId: 0,
    addSpacePrefix: true,
  });
});

it('readGgufMetadata decodes strings of any length, wherever the windows of the file begin', async () => {
  // The window has 1 MiB, so the windows begin within lengths, within strings and between strings.
  const lengths = [2 ** 20 - 60, 20, 3, 2 ** 20 + 5, 0, 2 ** 20 - 8, 2 ** 20 - 9, 0, 0];
  for (const shift of [0, 1, 7, 8, 9, 16]) {
    const strings = lengths.map((length, i) => 'äx'.repeat(length).slice(0, length - (i === 0 ? shift : 0)));
    const file = encodeGguf({ a: texts(strings), b: texts([]), c: text('end') }, []);
    const { metadata } = await readGgufMetadata(createBufferSource(file));
    expect(metadata.get('a')).toEqual(strings);
    expect(metadata.get('b')).toEqual([]);
    expect(metadata.get('c')).toBe('end');
  }
});

it('openGguf reads the tokenizer at once, or when it is used', async () => {
  const file = tinyLlama({ 'tokenizer.ggml.scores': flag(true) });
  const badScores = expect.objectContaining({ code: 'bad_tokenizer' });
  await expect(openBytes(file)).rejects.toEqual(badScores);
  const model = await openGgufOf(createBufferSource(file), FAMILIES, undefined, 'when used');
  expect(() => model.tokenizer).toThrow(badScores);
  const valid = await openGgufOf(createBufferSource(tinyLlama()), FAMILIES, undefined, 'when used');
  expect(valid.tokenizer).toBe(valid.tokenizer);
  expect(valid.tokenizer).toEqual((await openBytes(tinyLlama())).tokenizer);
});

it('openGgufTokenizer recognizes end-of-turn tokens that the metadata does not name', async () => {
  const tokens = ['<unk>', '<s>', '<|im_end|>', 'a'];
  const bytes = encodeGguf({ ...llamaMetadata(tokens), 'tokenizer.ggml.eos_token_id': u32(1) }, []);
  expect((await openGgufTokenizer(createBufferSource(bytes))).eosIds).toEqual([1, 2]);
});

it('openGguf returns an untied head if the file has an output tensor', async () => {
  const output = { name: 'output.weight', dtype: 'F32', shape: [4, 32], data: countingBytes(512) } as const;
  const model = await openBytes(tinyLlama({}, [...llamaTensors, output]));
  expect(model.config.tiedEmbeddings).toBe(false);
  expect(model.tensors.has('lm_head.weight')).toBe(true);
});
