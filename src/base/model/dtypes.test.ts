import { expect, test } from 'vitest';
import { byteLength, DTYPES, type DtypeName } from './dtypes.ts';

test.each<[DtypeName, number, boolean]>([
  ['F32', 4 * 256, false],
  ['F16', 2 * 256, false],
  ['BF16', 2 * 256, false],
  ['Q8_0', 8 * (2 + 32), true], // eight blocks: an f16 scale and 32 bytes each
  ['Q4_0', 144, true],
  ['Q4_1', 160, true],
  ['Q5_0', 176, true],
  ['Q5_1', 192, true],
  ['Q4_K', 144, true],
  ['Q5_K', 176, true],
  ['Q6_K', 210, true],
])('256 elements of %s take %i bytes', (name, bytes, quantized) => {
  expect(byteLength(DTYPES[name], 256)).toBe(bytes);
  expect(DTYPES[name]).toMatchObject({ name, quantized });
});
