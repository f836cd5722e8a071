import { describe, expect, test } from 'vitest';
import { exactExp, exactLog, exactPower } from './exact-math.ts';

const relativeError = (actual: number, expected: number): number => Math.abs(actual / expected - 1);

describe('exactLog', () => {
  test.each([1e-300, 5e-324, 1e-7, 0.5, 0.9, 1.1, 2, 10, 1e4, 5e5, 1e6, 1e300])('log %d', (x) => {
    expect(relativeError(exactLog(x), Math.log(x))).toBeLessThan(2e-15);
  });

  test('has the values of Math.log at the limits', () => {
    for (const x of [0, 1, Infinity, -1, Number.NaN]) expect(exactLog(x)).toBe(Math.log(x));
  });
});

describe('exactExp', () => {
  test.each([-740, -87.3, -1, -1e-9, 0, 1e-9, 0.3, 1, 15.2, 88, 709])('exp %d', (x) => {
    expect(relativeError(exactExp(x), Math.exp(x))).toBeLessThan(3e-16 * (4 + Math.abs(x)));
  });

  test('has the values of Math.exp at the limits', () => {
    for (const x of [-Infinity, -1000, 1000, Infinity, Number.NaN]) expect(exactExp(x)).toBe(Math.exp(x));
  });
});

test('powers of rotary embeddings are those of Math.pow after rounding to f32', () => {
  for (const theta of [1e4, 5e5, 1e6, 1e7, 10_000.5])
    for (const dim of [16, 64, 80, 96, 128, 256])
      for (let i = 0; i < dim / 2; i++) {
        const exponent = Math.fround((2 * i) / dim);
        expect(Math.fround(exactPower(theta, exponent))).toBe(Math.fround(theta ** exponent));
      }
});
