import { expect, test } from 'vitest';
import { logitDifference, logProbability, mostLikelyToken } from './logits.ts';

test('mostLikely returns the first token with the largest logit', () => {
  expect(mostLikelyToken(Float32Array.of(-2, 3, 3, 1))).toBe(1);
});

test('logProbability is the logarithm of a softmax, even for large logits', () => {
  const row = Float32Array.of(1000, 1000, 1000 + Math.log(2));
  expect(logProbability(row, 0)).toBeCloseTo(Math.log(1 / 4), 4);
  expect(logProbability(row, 2)).toBeCloseTo(Math.log(1 / 2), 4);
});

test('logitDifference returns the largest and the mean difference of two rows', () => {
  expect(logitDifference(Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 4, 2, 4))).toEqual({
    largest: 2,
    mean: 0.75,
  });
});
