import { expect, test } from 'vitest';
import { checkMemory, memoryFit } from './memory-fit.ts';

const MIB = 2 ** 20;
const needs = { weightBytes: 500 * MIB, kvBytes: 100 * MIB };

test('memoryFit returns whether weights, KV memory and the overhead of the process fit', () => {
  expect(memoryFit(needs, 728 * MIB)).toEqual({
    ...needs,
    neededBytes: 728 * MIB,
    availableBytes: 728 * MIB,
    fits: true,
  });
  expect(memoryFit(needs, 728 * MIB - 1).fits).toBe(false);
});

test('checkMemory rejects a model that does not fit, and the error states the numbers', () => {
  expect(() => checkMemory('big.gguf', needs, 700 * MIB)).toThrow(
    expect.objectContaining({
      code: 'out_of_memory',
      message: 'big.gguf needs 728 MiB (weights 500 MiB, keys and values 100 MiB), and 700 MiB are free',
    }),
  );
  expect(() => checkMemory('big.gguf', needs, 728 * MIB)).not.toThrow();
});
