// Compares all 65,536 bit patterns with independent definitions: binary16 by rational arithmetic on its fields,
// bfloat16 as the upper half of an f32.

import { expect, test } from 'vitest';
import { bf16Table, bf16ToNumber, f16Table, f16ToNumber, numberToBf16, numberToF16 } from './half.ts';

const ALL = Array.from({ length: 65_536 }, (_, bits) => bits);

// All finite binary16 values are whole multiples of 2^-24.
function binary16(bits: number): number {
  const exponent = Math.trunc(bits / 1024) % 32;
  const fraction = bits % 1024;
  const sign = bits >= 32_768 ? -1 : 1;
  if (exponent === 31) return fraction === 0 ? sign / 0 : Number.NaN;
  const steps = exponent === 0 ? BigInt(fraction) : BigInt(1024 + fraction) << BigInt(exponent - 1);
  return (sign * Number(steps)) / 16_777_216;
}

function bfloat16(bits: number): number {
  return new Float32Array(Uint32Array.of(bits * 65_536).buffer)[0]!;
}

const differing = (actual: (bits: number) => number, expected: (bits: number) => number): number[] =>
  ALL.filter((bits) => !Object.is(actual(bits), expected(bits)));

test('binary16 decodes exactly, including zeros, subnormals, infinities and NaN', () => {
  expect(differing(f16ToNumber, binary16)).toEqual([]);
  expect(f16ToNumber(0x3c00)).toBe(1);
  expect(f16ToNumber(0x7bff)).toBe(65504);
  expect(f16ToNumber(0x0001)).toBe(2 ** -24);
});

test('bfloat16 decodes exactly', () => {
  expect(differing(bf16ToNumber, bfloat16)).toEqual([]);
  expect(bf16ToNumber(0x3f80)).toBe(1);
  expect(bf16ToNumber(0xff80)).toBe(Number.NEGATIVE_INFINITY);
});

test('the f32 tables contain exactly the decoded values', () => {
  expect(differing((bits) => f16Table()[bits]!, f16ToNumber)).toEqual([]);
  expect(differing((bits) => bf16Table()[bits]!, bf16ToNumber)).toEqual([]);
  expect(f16Table()).toHaveLength(65_536);
  expect(f16Table()).toBe(f16Table());
});

test('encoding a decoded value returns the original bit pattern', () => {
  const notNan = (decode: (bits: number) => number) => ALL.filter((bits) => !Number.isNaN(decode(bits)));
  expect(notNan(f16ToNumber).filter((bits) => numberToF16(f16ToNumber(bits)) !== bits)).toEqual([]);
  expect(notNan(bf16ToNumber).filter((bits) => numberToBf16(bf16ToNumber(bits)) !== bits)).toEqual([]);
  expect(f16ToNumber(numberToF16(Number.NaN))).toBeNaN();
});

test('binary16 rounds to the nearest value', () => {
  const encodeBetween = (bits: number, share: number): number => {
    const [low, high] = [binary16(bits), binary16(bits + 1)];
    return numberToF16(low + (high - low) * share);
  };
  const belowMax = ALL.filter((bits) => bits < 0x7bff);
  expect(belowMax.filter((bits) => encodeBetween(bits, 0.49) !== bits)).toEqual([]);
  expect(belowMax.filter((bits) => encodeBetween(bits, 0.51) !== bits + 1)).toEqual([]);
  expect(numberToF16(65_520)).toBe(0x7c00);
  expect(numberToF16(65_519)).toBe(0x7bff);
});
