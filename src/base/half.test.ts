// Every one of the 65,536 bit patterns, against definitions that share nothing with the code: binary16 from
// rational arithmetic on its fields, bfloat16 from the f32 whose upper half it is.

import { expect, test } from 'vitest';
import { bf16Table, bf16ToNumber, f16Table, f16ToNumber } from './half.ts';

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

// The bits nearest to a value, found by search in the sorted positive patterns: they are in order.
function nearestBits(value: number, decode: (bits: number) => number, infinity: number): number {
  const negative = value < 0 || Object.is(value, -0);
  const magnitude = Math.abs(value);
  let low = 0;
  let high = infinity;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (decode(middle) < magnitude) low = middle + 1;
    else high = middle;
  }
  return low + (negative ? 0x8000 : 0);
}

const differing = (actual: (bits: number) => number, expected: (bits: number) => number): number[] =>
  ALL.filter((bits) => !Object.is(actual(bits), expected(bits)));

test('binary16 decodes exactly, zeros, subnormals, infinities and NaN included', () => {
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

test('the tables hold the same values, so nothing is lost in f32', () => {
  expect(differing((bits) => f16Table()[bits]!, f16ToNumber)).toEqual([]);
  expect(differing((bits) => bf16Table()[bits]!, bf16ToNumber)).toEqual([]);
  expect(f16Table()).toHaveLength(65_536);
  expect(f16Table()).toBe(f16Table());
});

test.each([
  ['binary16', f16ToNumber, 0x7c00],
  ['bfloat16', bf16ToNumber, 0x7f80],
] as const)('%s: each pattern is found again from its value', (_name, decode, infinity) => {
  const numbers = ALL.filter((bits) => !Number.isNaN(decode(bits)));
  expect(numbers.filter((bits) => nearestBits(decode(bits), decode, infinity) !== bits)).toEqual([]);
});
