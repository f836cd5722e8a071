import { expect, test } from 'vitest';
import { uniform } from '../base/uniform.ts';
import { samplingParameters } from './parameters.ts';
import { selectionRow } from './selection-row.ts';

const TOKENS = Int32Array.of(5, 3, 5, 9, 3);

test('the repetition penalty falls on each token of prompt and answer once', () => {
  const row = selectionRow(samplingParameters({ repetitionPenalty: 1.5, seed: 1 }), TOKENS, 0);
  expect([...row.adjustTokens].sort((a, b) => a - b)).toEqual([3, 5, 9]);
  expect([...row.adjustPenalty]).toEqual([1.5, 1.5, 1.5]);
  expect([...row.adjustBias]).toEqual([0, 0, 0]);
});

test('without a penalty nothing is adjusted', () => {
  const row = selectionRow(samplingParameters({ seed: 1 }), TOKENS, 0);
  expect([row.adjustTokens, row.adjustPenalty, row.adjustBias].map(({ length }) => length)).toEqual([
    0, 0, 0,
  ]);
});

test('the uniform number is that of seed, choice and the position that is chosen', () => {
  const parameters = samplingParameters({ seed: 42, temperature: 0.7, topK: 8, topP: 0.9 });
  const row = selectionRow(parameters, TOKENS, 3);
  expect(row).toMatchObject({ temperature: 0.7, topK: 8, topP: 0.9, uniform: uniform(42, 3, TOKENS.length) });
});
