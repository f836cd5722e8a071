import { expect, test } from 'vitest';
import { logProbabilities } from './log-probabilities.ts';

/** Logits whose probabilities are as given, but for a factor. */
const likelihoods = (...values: number[]): Float32Array => Float32Array.from(values, (p) => Math.log(p) + 3);

test('are those of the token and of the likeliest, lower ids first among equals', () => {
  const { token, logprob, top } = logProbabilities(likelihoods(0.1, 0.2, 0.4, 0.2, 0.1), 4, 3);
  expect(token).toBe(4);
  expect(logprob).toBeCloseTo(Math.log(0.1), 6);
  expect(top.map((one) => one.token)).toEqual([2, 1, 3]);
  top.forEach((one, i) => {
    expect(one.logprob).toBeCloseTo(Math.log([0.4, 0.2, 0.2][i]!), 6);
  });
});

test('0 asks for the token alone, and no more are told than are possible', () => {
  const row = Float32Array.of(1, Number.NEGATIVE_INFINITY, 2);
  expect(logProbabilities(row, 0, 0).top).toEqual([]);
  expect(logProbabilities(row, 0, 20).top.map(({ token }) => token)).toEqual([2, 0]);
});

test('are not troubled by logits far from zero', () => {
  const { logprob, top } = logProbabilities(Float32Array.of(3e38, 3e38, -3e38), 0, 3);
  expect(logprob).toBeCloseTo(-Math.LN2, 12);
  expect(top[2]!.logprob).toBeLessThan(-1e38);
});
