import { describe, expect, test } from 'vitest';
import { SAMPLING_OPTION_NAMES, type SamplingOptions } from '../completion/sampling-options.ts';
import { samplingParameters } from './parameters.ts';

const VALID: readonly SamplingOptions[] = [
  { maxTokens: 0 },
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
  { minP: 0 },
  { minP: 1 },
  { typicalP: 1e-9 },
  { typicalP: 1 },
  { presencePenalty: -2 },
  { presencePenalty: 2 },
  { frequencyPenalty: -2 },
  { frequencyPenalty: 2 },
  { minTokens: 0 },
  { minTokens: 7, maxTokens: 7 },
  { badWords: ['a', ' b'] },
  { badTokens: [[0], [3, 4]] },
  { logprobs: 0 },
  { logprobs: 20 },
  { seed: 0 },
  { seed: Number.MAX_SAFE_INTEGER },
];

test.each(VALID)('samplingParameters accepts %j', (options) => {
  expect(samplingParameters(options)).toMatchObject(options);
});

const INVALID: readonly [keyof SamplingOptions, unknown][] = [
  ['maxTokens', -2],
  ['maxTokens', 1.5],
  ['maxTokens', Number.POSITIVE_INFINITY],
  ['temperature', -0.1],
  ['temperature', 100.1],
  ['temperature', Number.NaN],
  ['temperature', '1'],
  ['topK', -2],
  ['topK', 0.5],
  ['topP', 0],
  ['topP', 1.01],
  ['topP', Number.NaN],
  ['repetitionPenalty', 0],
  ['repetitionPenalty', 10.1],
  ['minP', -0.01],
  ['minP', 1.01],
  ['typicalP', 0],
  ['typicalP', 1.01],
  ['presencePenalty', -2.1],
  ['presencePenalty', 2.1],
  ['frequencyPenalty', -2.1],
  ['frequencyPenalty', Number.NaN],
  ['minTokens', -1],
  ['minTokens', 1.5],
  ['logprobs', -1],
  ['logprobs', 21],
  ['logprobs', true],
  ['logitBias', 5],
  ['logitBias', { 5: 100.1 }],
  ['logitBias', { 5: Number.POSITIVE_INFINITY }],
  ['logitBias', { 5: '1' }],
  ['logitBias', { '': 1 }],
  ['logitBias', { '-1': 1 }],
  ['logitBias', { five: 1 }],
  ['logitBias', [5, 1]],
  ['logitBias', [[1.5, 1]]],
  ['logitBias', [[5]]],
  ['logitBias', [[5, 1, 2]]],
  ['badWords', 'bad'],
  ['badWords', ['']],
  ['badWords', Array(1025).fill('x')],
  ['badWords', ['x'.repeat(65_537)]],
  ['badTokens', Array(1025).fill([1])],
  ['badTokens', [Array(16_385).fill(1)]],
  ['badTokens', [5]],
  ['badTokens', [[]]],
  ['badTokens', [[-1]]],
  ['stop', 'end'],
  ['seed', -2],
  ['seed', 2 ** 53],
  ['seed', 0.5],
  ['stop', ['ok', '']],
  ['stop', [7]],
  ['stopTokens', [-1]],
  ['stopTokens', [1.5]],
];

test.each(INVALID)(
  'samplingParameters rejects %s with the value %j and reports the valid values',
  (name, value) => {
    const options = { [name]: value } as SamplingOptions;
    expect(() => samplingParameters(options)).toThrow(
      expect.objectContaining({
        code: 'bad_option',
        message: expect.stringContaining(name),
        hint: expect.stringMatching(/^use /),
      }),
    );
  },
);

test.each([
  [{ 5: 1, 7: -100 }],
  [
    [
      [5, 1],
      [7, -100],
    ],
  ],
  [
    new Map([
      [5, 1],
      [7, -100],
    ]),
  ],
] as const)('samplingParameters stores the biases %j by token id', (logitBias) => {
  const expected = new Map([
    [5, 1],
    [7, -100],
  ]);
  expect(samplingParameters({ logitBias }).logitBias).toEqual(expected);
});

test('samplingParameters accepts a bias of -Infinity and rejects two biases for one token', () => {
  const forbidden = samplingParameters({ logitBias: { 5: Number.NEGATIVE_INFINITY } });
  expect(forbidden.logitBias.get(5)).toBe(Number.NEGATIVE_INFINITY);
  const twice = [
    [5, 1],
    [5, 2],
  ] as const;
  expect(() => samplingParameters({ logitBias: twice })).toThrow(/token 5 twice/);
});

test('maxTokens of -1 means no limit', () => {
  expect(samplingParameters({ maxTokens: -1, minTokens: 8 }).maxTokens).toBeUndefined();
});

test('samplingParameters rejects minTokens above maxTokens', () => {
  expect(() => samplingParameters({ minTokens: 8, maxTokens: 7 })).toThrow(
    expect.objectContaining({ code: 'bad_option', message: expect.stringMatching(/minTokens is 8.*7/) }),
  );
});

test('the test cases VALID and INVALID contain every option', () => {
  const checked = [...VALID.flatMap((options) => Object.keys(options)), ...INVALID.map(([name]) => name)];
  expect(new Set(checked)).toEqual(new Set(SAMPLING_OPTION_NAMES));
});

describe('options that are not given', () => {
  test('have defaults that do not change the distribution', () => {
    expect(samplingParameters({})).toMatchObject({
      maxTokens: undefined,
      temperature: 1,
      topK: 0,
      topP: 1,
      minP: 0,
      typicalP: 1,
      repetitionPenalty: 1,
      presencePenalty: 0,
      frequencyPenalty: 0,
      logitBias: new Map(),
      minTokens: 0,
      badWords: [],
      badTokens: [],
      stop: [],
      stopTokens: new Set(),
      logprobs: undefined,
    });
  });

  test('have the defaults of the checkpoint; options of the request take precedence', () => {
    const defaults = { temperature: 0.6, topK: 20, topP: 0.9, repetitionPenalty: 1.1 };
    expect(samplingParameters({ temperature: 0, topK: 5 }, defaults)).toMatchObject({
      ...defaults,
      temperature: 0,
      topK: 5,
    });
  });

  test('include the seed: each call of samplingParameters returns a different valid seed', () => {
    const seeds = Array.from({ length: 20 }, () => samplingParameters({}).seed);
    expect(new Set(seeds).size).toBeGreaterThan(15);
    for (const seed of seeds) expect(samplingParameters({ seed }).seed).toBe(seed);
  });
});
