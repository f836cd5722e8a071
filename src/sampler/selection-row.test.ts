import { describe, expect, test } from 'vitest';
import type { SelectionRow } from '../base/step/selection.ts';
import { uniform } from '../base/uniform.ts';
import type { SamplingOptions } from '../completion/sampling-options.ts';
import { samplingParameters } from './parameters.ts';
import { selectionRow } from './selection-row.ts';

const FORBIDDEN = Number.NEGATIVE_INFINITY;

function rowFor(options: SamplingOptions, prompt: number[], answer: number[] = [], choice = 0): SelectionRow {
  const sequence = { tokens: Int32Array.from([...prompt, ...answer]), promptLength: prompt.length };
  return selectionRow(samplingParameters({ seed: 1, ...options }), sequence, choice);
}

/** Returns the bias of each adjusted token. */
const biases = ({ adjustTokens, adjustBias }: SelectionRow): Record<number, number> =>
  Object.fromEntries([...adjustTokens].map((token, i) => [token, adjustBias[i]!]));

test('selectionRow applies the repetition penalty once to each token of prompt and answer', () => {
  const row = rowFor({ repetitionPenalty: 1.5 }, [5, 3, 5], [9, 3]);
  expect([...row.adjustTokens].sort((a, b) => a - b)).toEqual([3, 5, 9]);
  expect([...row.adjustPenalty]).toEqual([1.5, 1.5, 1.5]);
  expect([...row.adjustBias]).toEqual([0, 0, 0]);
});

test('selectionRow contains no adjustments without options', () => {
  const row = rowFor({}, [5, 3], [5]);
  expect([row.adjustTokens, row.adjustPenalty, row.adjustBias].map(({ length }) => length)).toEqual([
    0, 0, 0,
  ]);
});

test('selectionRow combines all options into one adjustment per token, as in the example of token-adjustments.ts', () => {
  const options: SamplingOptions = {
    repetitionPenalty: 1.5,
    presencePenalty: 0.5,
    frequencyPenalty: 0.25,
    logitBias: { 9: 2 },
    badTokens: [[9, 4]],
  };
  const row = rowFor(options, [7, 5], [5, 9]);
  expect(row.adjustTokens).toEqual(Int32Array.of(9, 7, 5, 4));
  expect(row.adjustPenalty).toEqual(Float32Array.of(1.5, 1.5, 1.5, 1));
  expect(row.adjustBias).toEqual(Float32Array.of(1.25, 0, -0.75, FORBIDDEN));
});

describe('presence and frequency penalties', () => {
  // As defined by OpenAI: logit[j] -= count[j] * frequency + (count[j] > 0 ? 1 : 0) * presence, with counts in the answer.
  test.each<[SamplingOptions, Record<number, number>]>([
    [{ presencePenalty: 0.5 }, { 4: -0.5, 6: -0.5 }],
    [{ frequencyPenalty: 0.5 }, { 4: -1.5, 6: -0.5 }],
    [
      { presencePenalty: 1, frequencyPenalty: 0.5 },
      { 4: -2.5, 6: -1.5 },
    ],
    [
      { presencePenalty: -1, frequencyPenalty: -0.25 },
      { 4: 1.75, 6: 1.25 },
    ],
    [
      { presencePenalty: 1, logitBias: { 4: 3, 8: 2 } },
      { 4: 2, 6: -1, 8: 2 },
    ],
  ])('(%j) count the tokens of the answer, not of the prompt', (options, expected) => {
    expect(biases(rowFor(options, [4, 5, 5], [4, 6, 4, 4]))).toEqual(expected);
  });
});

describe('bad sequences', () => {
  const badTokens = [[3], [1, 2], [8, 9, 4]];

  test.each([
    ['the token of a sequence of one token after any text', [5], [], [3]],
    ['the last token after the other tokens', [5], [1], [3, 2]],
    ['the last token after the other tokens in the prompt', [5, 1], [], [3, 2]],
    ['the last token after the other tokens in prompt and answer', [8], [9], [3, 4]],
    ['no last token if another token is in between', [8, 9], [5], [3]],
    ['no last token if the text is too short', [9], [], [3]],
  ])('forbid %s', (_name, prompt, answer, forbidden) => {
    const expected = Object.fromEntries(forbidden.map((token) => [token, FORBIDDEN]));
    expect(biases(rowFor({ badTokens }, prompt, answer))).toEqual(expected);
  });

  test('take precedence over logit biases', () => {
    expect(biases(rowFor({ badTokens: [[3], [3]], logitBias: { 3: 100 } }, [5]))).toEqual({ 3: FORBIDDEN });
  });
});

test('selectionRow forbids stop tokens until the answer has minTokens tokens', () => {
  const options = { minTokens: 2, stopTokens: [2, 7] };
  for (const answer of [[], [4]]) {
    expect(biases(rowFor(options, [1, 1, 1], answer))).toEqual({ 2: FORBIDDEN, 7: FORBIDDEN });
  }
  expect(biases(rowFor(options, [1, 1, 1], [4, 4]))).toEqual({});
});

test('selectionRow contains the options that do not depend on tokens', () => {
  const options = { temperature: 0.7, topK: 8, topP: 0.9, minP: 0.1, typicalP: 0.8, logprobs: 3 };
  expect(rowFor(options, [5])).toMatchObject(options);
});

test('selectionRow computes the uniform number from seed, choice and position', () => {
  expect(rowFor({ seed: 42 }, [5, 3], [5, 9, 3], 3).uniform).toBe(uniform(42, 3, 5));
});
