import { describe, expect, test } from 'vitest';
import type { RopeConfig } from '../base/model/model-file.ts';
import { ropeTable } from './rope-table.ts';

const PLAIN: RopeConfig = { layout: 'half', theta: 10_000, dim: 8 };
const frequencies = (rope: RopeConfig, contextLength = 64): readonly number[] =>
  ropeTable(rope, contextLength).frequencies;

test('frequencies are theta^(-2i / dim) in f32', () => {
  expect(ropeTable(PLAIN, 64)).toEqual({
    layout: 'half',
    dim: 8,
    frequencies: [1, 0.1, 0.01, 0.001].map(Math.fround),
    magnitude: 1,
  });
});

test('a table of factors divides each frequency', () => {
  expect(frequencies({ ...PLAIN, factors: [1, 2, 4, 8] })).toEqual(
    [1, 0.1, 0.01, 0.001].map((frequency, i) => Math.fround(Math.fround(frequency) / 2 ** i)),
  );
});

test('linear scaling divides every frequency by the factor', () => {
  const scaled = frequencies({ ...PLAIN, scaling: { kind: 'linear', factor: 4 } });
  expect(scaled).toEqual(frequencies(PLAIN).map((frequency) => Math.fround(frequency / 4)));
});

describe('dynamic scaling', () => {
  const rope: RopeConfig = { ...PLAIN, scaling: { kind: 'dynamic', factor: 2, originalContext: 64 } };

  test.each([2, 63, 64])('changes nothing up to the trained context: %i', (contextLength) => {
    expect(frequencies(rope, contextLength)).toEqual(frequencies(PLAIN));
  });

  test('uses a larger base for a longer context', () => {
    // 2 * 128 / 64 - 1 = 3, and 3^(8 / 6) times the base
    const theta = 10_000 * 3 ** (8 / 6);
    expect(frequencies(rope, 128)).toEqual(frequencies({ ...PLAIN, theta }));
  });
});

test('llama3 divides low frequencies, keeps high ones and blends between', () => {
  const scaled = frequencies({
    ...PLAIN,
    scaling: {
      kind: 'llama3',
      factor: 8,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalContext: 256,
    },
  });
  // Wavelengths of 6.3, 62.8, 628 and 6283 tokens; high frequencies are below 64, low ones above 256.
  const [first, second, third, fourth] = frequencies(PLAIN);
  expect(scaled).toEqual([first, second, Math.fround(third! / 8), Math.fround(fourth! / 8)]);
  const blended = frequencies({
    ...PLAIN,
    scaling: {
      kind: 'llama3',
      factor: 8,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 40,
      originalContext: 256,
    },
  });
  expect(blended[1]).toBeGreaterThan(second! / 8);
  expect(blended[1]).toBeLessThan(second!);
});

describe('yarn', () => {
  const scaling = {
    kind: 'yarn',
    factor: 4,
    originalContext: 4096,
    attentionFactor: 1.1386,
    betaFast: 32,
    betaSlow: 1,
    truncate: true,
  } as const;
  const rope: RopeConfig = { layout: 'half', theta: 10_000, dim: 64, scaling };

  test('keeps fast pairs, divides slow ones, ramps between', () => {
    const plain = frequencies({ layout: 'half', theta: 10_000, dim: 64 });
    const divisors = frequencies(rope).map((frequency, i) => plain[i]! / frequency);
    // 32 rotations in 4096 tokens at pair 10.45, one rotation at pair 22.5
    divisors.forEach((divisor, i) => {
      if (i <= 10) expect(divisor).toBe(1);
      else if (i >= 23) expect(divisor).toBeCloseTo(4, 5);
      else expect(divisor).toBeGreaterThan(divisors[i - 1]!);
    });
  });

  test('multiplies cosine and sine', () => {
    expect(ropeTable(rope, 64).magnitude).toBe(1.1386);
  });

  test('a ramp of width 0 is a step', () => {
    const step = { ...scaling, betaFast: 2, betaSlow: 2, truncate: false };
    expect(frequencies({ ...rope, scaling: step }).every(Number.isFinite)).toBe(true);
  });
});
