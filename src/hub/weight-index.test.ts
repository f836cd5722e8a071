import { expect, test } from 'vitest';
import { readWeightIndex } from './weight-index.ts';

const read = (map: unknown): string[] => readWeightIndex(JSON.stringify({ weight_map: map }), 'the index');

test('readWeightIndex returns each file once, sorted', () => {
  expect(read({ a: 'm-2.safetensors', b: 'm-1.safetensors', c: 'm-2.safetensors' })).toEqual([
    'm-1.safetensors',
    'm-2.safetensors',
  ]);
});

test('readWeightIndex rejects a name outside the folder', () => {
  expect(() => read({ a: '../../x' })).toThrow(expect.objectContaining({ code: 'unsafe_path' }));
});

test.each(['{', '[]', '7', '{}', '{"weight_map":7}', '{"weight_map":{}}', '{"weight_map":{"a":7}}'])(
  'readWeightIndex rejects %s',
  (text) => {
    expect(() => readWeightIndex(text, 'the index')).toThrow(
      expect.objectContaining({ code: 'bad_model_folder', message: expect.stringContaining('the index') }),
    );
  },
);
