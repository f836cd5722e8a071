import { describe, expect, test } from 'vitest';
import type { SamplingOptions } from '../base/completer.ts';
import { samplingParameters } from './parameters.ts';

const VALID: readonly SamplingOptions[] = [
  { maxTokens: 1 },
  { maxTokens: Number.MAX_SAFE_INTEGER },
  { temperature: 0 },
  { temperature: 100 },
  { topK: 0 },
  { topK: 40 },
  { topP: 1e-9 },
  { topP: 1 },
  { repetitionPenalty: 0.01 },
  { repetitionPenalty: 10 },
  { seed: 0 },
  { seed: Number.MAX_SAFE_INTEGER },
];

test.each(VALID)('%j is taken as it is', (options) => {
  expect(samplingParameters(options)).toMatchObject(options);
});

const INVALID: readonly [keyof SamplingOptions, unknown][] = [
  ['maxTokens', 0],
  ['maxTokens', -1],
  ['maxTokens', 1.5],
  ['maxTokens', Number.POSITIVE_INFINITY],
  ['temperature', -0.1],
  ['temperature', 100.1],
  ['temperature', Number.NaN],
  ['temperature', '1'],
  ['topK', -1],
  ['topK', 0.5],
  ['topP', 0],
  ['topP', 1.01],
  ['topP', Number.NaN],
  ['repetitionPenalty', 0],
  ['repetitionPenalty', 10.1],
  ['seed', -1],
  ['seed', 2 ** 53],
  ['seed', 0.5],
  ['stop', ['ok', '']],
  ['stop', [7]],
  ['stopTokens', [-1]],
  ['stopTokens', [1.5]],
];

test.each(INVALID)('%s does not take %j, and says what it takes', (name, value) => {
  const options = { [name]: value } as SamplingOptions;
  expect(() => samplingParameters(options)).toThrow(
    expect.objectContaining({
      code: 'bad_option',
      message: expect.stringContaining(name),
      hint: expect.stringContaining('takes'),
    }),
  );
});

describe('what is not given', () => {
  test('is plain sampling', () => {
    expect(samplingParameters({})).toMatchObject({
      maxTokens: undefined,
      temperature: 1,
      topK: 0,
      topP: 1,
      repetitionPenalty: 1,
      stop: [],
      stopTokens: new Set(),
    });
  });

  test('is what the checkpoint suggests, and the caller comes before it', () => {
    const defaults = { temperature: 0.6, topK: 20, topP: 0.9, repetitionPenalty: 1.1 };
    expect(samplingParameters({ temperature: 0, topK: 5 }, defaults)).toMatchObject({
      ...defaults,
      temperature: 0,
      topK: 5,
    });
  });

  test('is a seed of its own each time, one that may be given back', () => {
    const seeds = Array.from({ length: 20 }, () => samplingParameters({}).seed);
    expect(new Set(seeds).size).toBeGreaterThan(15);
    for (const seed of seeds) expect(samplingParameters({ seed }).seed).toBe(seed);
  });
});
