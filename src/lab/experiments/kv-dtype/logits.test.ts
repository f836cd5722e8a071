import { expect, test } from 'vitest';
import { logitDifference, logProbability, mostLikely } from './logits.ts';

test('the most likely token is the first one with the largest logit', () => {
  expect(mostLikely(Float32Array.of(-2, 3, 3, 1))).toBe(1);
});

test('log-probabilities are those of a softmax, however large the logits', () => {
  const row = Float32Array.of(1000, 1000, 1000 + Math.log(2));
  expect(logProbability(row, 0)).toBeCloseTo(Math.log(1 / 4), 4);
  expect(logProbability(row, 2)).toBeCloseTo(Math.log(1 / 2), 4);
});

test('rows are compared by their maximum and mean difference', () => {
  expect(logitDifference(Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 4, 2, 4))).toEqual({
    largest: 2,
    mean: 0.75,
  });
});
