import { expect, test } from 'vitest';
import { TinyModel } from '../../tests/support/tiny-model.ts';
import { type KvSizeOptions, kvSize } from './kv-size.ts';

const { config, program } = new TinyModel('llama', 'F32');
const TOKEN_BYTES = 2 * 2 * 2 * 8 * 4; // layers, key and value, heads, elements, f32
const size = (options: KvSizeOptions, contextLength = config.contextLength) =>
  kvSize({ ...config, contextLength }, program, options, 4 * 2 ** 30);

test('by default holds 16 whole contexts in blocks of 16', () => {
  expect(size({})).toMatchObject({ contextLength: 40, blocks: 16 * 3, bytes: 48 * 16 * TOKEN_BYTES });
});

test('by default takes as much context as fits in a quarter of what is free', () => {
  const { contextLength, bytes } = size({}, 2 ** 30);
  expect(contextLength).toBe(2 ** 30 / TOKEN_BYTES);
  expect(bytes).toBe(2 ** 30);
});

test('takes no context that no backend takes, whatever the config claims', () => {
  const most = 2 ** 24;
  const kvMemory = most * TOKEN_BYTES;
  expect(kvSize({ ...config, contextLength: 2 ** 31 - 1 }, program, {}, 8 * kvMemory)).toMatchObject({
    contextLength: most,
  });
  expect(size({ kvMemory }, 2 ** 31 - 1)).toMatchObject({ contextLength: most });
  expect(() => size({ kvMemory, context: most + 1 }, 2 ** 31 - 1)).toThrow(/context is 16777217/);
});

test('fills the memory that it is given with whole blocks', () => {
  const kvMemory = 100 * 4 * TOKEN_BYTES + 5;
  expect(size({ kvMemory, blockSize: 4, context: 30 })).toMatchObject({ blocks: 100, contextLength: 30 });
});

test.each([
  ['the model’s context', {}, 40],
  ['a context that was asked for', { context: 30 }, 30],
])('refuses memory too small for %s, with the numbers', (_name, options, context) => {
  const kvMemory = 16 * TOKEN_BYTES;
  expect(() => size({ ...options, kvMemory })).toThrow(
    expect.objectContaining({
      code: 'kv_memory_too_small',
      message: expect.stringMatching(new RegExp(`\\b${kvMemory}\\b.*\\b16\\b.*\\b${context}\\b`)),
      hint: expect.stringContaining(String(Math.ceil(context / 16) * 16 * TOKEN_BYTES)),
    }),
  );
});

test.each<[keyof KvSizeOptions, number]>([
  ['context', 1],
  ['context', 41],
  ['context', 2.5],
  ['blockSize', 0],
  ['blockSize', 1025],
  ['kvMemory', Number.NaN],
  ['kvMemory', -1],
])('%s is not %d', (name, value) => {
  expect(() => size({ [name]: value })).toThrow(
    expect.objectContaining({ code: 'bad_option', message: expect.stringContaining(name) }),
  );
});
