import { expect, test } from 'vitest';
import { logProbabilities } from './log-probabilities.ts';

/** Returns logits with the given probabilities, up to a factor. */
const likelihoods = (...values: number[]): Float32Array => Float32Array.from(values, (p) => Math.log(p) + 3);

test('reports the selected token and the most probable tokens, lower ids first among equals', () => {
  const { token, logprob, top } = logProbabilities(likelihoods(0.1, 0.2, 0.4, 0.2, 0.1), 4, 3);
  expect(token).toBe(4);
  expect(logprob).toBeCloseTo(Math.log(0.1), 6);
  expect(top.map((one) => one.token)).toEqual([2, 1, 3]);
  top.forEach((one, i) => {
    expect(one.logprob).toBeCloseTo(Math.log([0.4, 0.2, 0.2][i]!), 6);
  });
});

test('a count of 0 reports the selected token only, and impossible tokens are never reported', () => {
  const row = Float32Array.of(1, Number.NEGATIVE_INFINITY, 2);
  expect(logProbabilities(row, 0, 0).top).toEqual([]);
  expect(logProbabilities(row, 0, 20).top.map(({ token }) => token)).toEqual([2, 0]);
});

test('logits far from zero do not overflow', () => {
  const { logprob, top } = logProbabilities(Float32Array.of(3e38, 3e38, -3e38), 0, 3);
  expect(logprob).toBeCloseTo(-Math.LN2, 12);
  expect(top[2]!.logprob).toBeLessThan(-1e38);
});
