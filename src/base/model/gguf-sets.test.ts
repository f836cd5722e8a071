import { describe, expect, test } from 'vitest';
import { ggufSetOf, ggufSets, hasQuantization } from './gguf-sets.ts';

const shard = (i: number, of = 3): string => `big/M-Q8_0-0000${i}-of-0000${of}.gguf`;

describe('ggufSets and ggufSetOf', () => {
  test('shards form one model, and other files are ignored', () => {
    const names = ['README.md', shard(2), 'small.gguf', shard(1), shard(3), 'mmproj-M-F16.gguf'];
    expect(ggufSets(names)).toEqual([
      { name: shard(1), paths: [shard(1), shard(2), shard(3)], missing: [] },
      { name: 'small.gguf', paths: ['small.gguf'], missing: [] },
    ]);
  });

  test('missing shards are listed', () => {
    expect(ggufSets([shard(1), shard(3)])).toEqual([expect.objectContaining({ missing: [shard(2)] })]);
    expect(ggufSetOf(shard(3), new Set([shard(3)]))).toMatchObject({
      name: shard(1),
      missing: [shard(1), shard(2)],
    });
  });

  test('an implausible shard count does not create thousands of names', () => {
    expect(ggufSetOf('M-00001-of-99999.gguf', new Set()).paths).toHaveLength(1);
    expect(ggufSetOf('M-00001-of-00000.gguf', new Set()).paths).toHaveLength(1);
  });

  test('projectors and importance matrices are not models', () => {
    expect(ggufSets(['mmproj-model-f16.gguf', 'M.mmproj.gguf', 'imatrix.gguf', 'M_imatrix.gguf'])).toEqual(
      [],
    );
    expect(ggufSets(['comimatrix.gguf'])).toHaveLength(1);
  });
});

test.each([
  ['Model-Q4_K_M.gguf', 'q4_k_m', true],
  ['sub/model.Q4_K_M.gguf', 'Q4_K_M', true],
  ['model_q8_0.gguf', 'Q8_0', true],
  ['M-UD-Q4_K_XL-00001-of-00002.gguf', 'Q4_K_XL', true],
  ['model-Q4_K_M.gguf', 'Q4_K', false],
  ['model-IQ4_XS.gguf', 'Q4_XS', false],
  ['Q4_K_M/model.gguf', 'Q4_K_M', false],
  ['model-bf16.gguf', 'F16', false],
  ['model-f16.gguf', 'f.6', false],
])('hasQuantization(%s, %s) returns %s', (path, quant, expected) => {
  expect(hasQuantization(path, quant)).toBe(expected);
});
