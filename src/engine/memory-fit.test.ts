import { expect, test } from 'vitest';
import { checkMemory, memoryFit } from './memory-fit.ts';

const MIB = 2 ** 20;
const need = { weightBytes: 500 * MIB, kvBytes: 100 * MIB };

test('a model fits if weights, KV memory and the process fit', () => {
  expect(memoryFit(need, 728 * MIB)).toEqual({
    ...need,
    neededBytes: 728 * MIB,
    availableBytes: 728 * MIB,
    fits: true,
  });
  expect(memoryFit(need, 728 * MIB - 1).fits).toBe(false);
});

test('a model that does not fit is rejected, and the error reports the numbers', () => {
  expect(() => checkMemory('big.gguf', need, 700 * MIB)).toThrow(
    expect.objectContaining({
      code: 'out_of_memory',
      message: 'big.gguf needs 728 MiB (weights 500 MiB, keys and values 100 MiB), and 700 MiB are free',
    }),
  );
  expect(() => checkMemory('big.gguf', need, 728 * MIB)).not.toThrow();
});
