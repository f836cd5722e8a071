import { describe, expect, test } from 'vitest';
import type { RopeConfig } from '../base/model/model-file.ts';
import { ropeTable } from './rope-table.ts';

const UNSCALED: RopeConfig = { layout: 'half', theta: 10_000, dim: 8 };
const frequencies = (rope: RopeConfig, contextLength = 64): readonly number[] =>
  ropeTable(rope, contextLength).frequencies;

test('ropeTable returns the frequencies theta^(-2i / dim) in f32', () => {
  expect(ropeTable(UNSCALED, 64)).toEqual({
    layout: 'half',
    dim: 8,
    frequencies: [1, 0.1, 0.01, 0.001].map(Math.fround),
    magnitude: 1,
  });
});

test('the list `factors` divides the frequencies', () => {
  expect(frequencies({ ...UNSCALED, factors: [1, 2, 4, 8] })).toEqual(
    [1, 0.1, 0.01, 0.001].map((frequency, i) => Math.fround(Math.fround(frequency) / 2 ** i)),
  );
});

test('linear scaling divides every frequency by the factor', () => {
  const scaled = frequencies({ ...UNSCALED, scaling: { kind: 'linear', factor: 4 } });
  expect(scaled).toEqual(frequencies(UNSCALED).map((frequency) => Math.fround(frequency / 4)));
});

describe('dynamic scaling', () => {
  const rope: RopeConfig = { ...UNSCALED, scaling: { kind: 'dynamic', factor: 2, originalContext: 64 } };

  test.each([2, 63, 64])(
    'does not change frequencies for a context length of %i, up to the trained context',
    (contextLength) => {
      expect(frequencies(rope, contextLength)).toEqual(frequencies(UNSCALED));
    },
  );

  test('uses a larger base if the context length exceeds the trained context', () => {
    // The base is multiplied by 3^(8 / 6), where 3 = 2 * 128 / 64 - 1.
    const theta = 10_000 * 3 ** (8 / 6);
    expect(frequencies(rope, 128)).toEqual(frequencies({ ...UNSCALED, theta }));
  });
});

test('llama3 scaling divides low frequencies, does not change high frequencies, and interpolates in between', () => {
  const scaled = frequencies({
    ...UNSCALED,
    scaling: {
      kind: 'llama3',
      factor: 8,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalContext: 256,
    },
  });
  // The wavelengths are 6.3, 62.8, 628 and 6283 tokens. Wavelengths below 64 are unchanged; those above 256 are divided.
  const [first, second, third, fourth] = frequencies(UNSCALED);
  expect(scaled).toEqual([first, second, Math.fround(third! / 8), Math.fround(fourth! / 8)]);
  const blended = frequencies({
    ...UNSCALED,
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

describe('yarn scaling', () => {
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

  test('does not change high frequencies, divides low frequencies, and interpolates in between', () => {
    const unscaled = frequencies({ layout: 'half', theta: 10_000, dim: 64 });
    const divisors = frequencies(rope).map((frequency, i) => unscaled[i]! / frequency);
    // In 4096 tokens, pair 10.45 makes 32 rotations and pair 22.5 makes one.
    divisors.forEach((divisor, i) => {
      if (i <= 10) expect(divisor).toBe(1);
      else if (i >= 23) expect(divisor).toBeCloseTo(4, 5);
      else expect(divisor).toBeGreaterThan(divisors[i - 1]!);
    });
  });

  test('returns the attention factor as the magnitude of cosine and sine', () => {
    expect(ropeTable(rope, 64).magnitude).toBe(1.1386);
  });

  test('returns finite frequencies if the interpolated range is empty', () => {
    const emptyRange = { ...scaling, betaFast: 2, betaSlow: 2, truncate: false };
    expect(frequencies({ ...rope, scaling: emptyRange }).every(Number.isFinite)).toBe(true);
  });
});

test('ropeTable of the kind longrope divides by the list that the context length selects', () => {
  const scaling = {
    kind: 'longrope',
    originalContext: 64,
    attentionFactor: 1.25,
    shortFactors: [1, 2],
    longFactors: [4, 8],
  } as const;
  const rope = { layout: 'half', theta: 10_000, dim: 4, scaling } as const;
  expect(frequencies(rope, 64)).toEqual([1, Math.fround(0.005)]);
  expect(frequencies(rope, 65)).toEqual([0.25, Math.fround(0.00125)]);
  expect(ropeTable(rope, 64).magnitude).toBe(1.25);
});
