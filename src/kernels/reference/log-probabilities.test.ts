import { expect, test } from 'vitest';
import { logProbabilities } from './log-probabilities.ts';

/** Returns logits of tokens whose probabilities are proportional to `values`. */
const logitsFor = (...values: number[]): Float32Array => Float32Array.from(values, (p) => Math.log(p) + 3);

test('logProbabilities reports the chosen token and the most probable tokens; equally probable tokens are sorted by id', () => {
  const { token, logprob, top } = logProbabilities(logitsFor(0.1, 0.2, 0.4, 0.2, 0.1), 4, 3);
  expect(token).toBe(4);
  expect(logprob).toBeCloseTo(Math.log(0.1), 6);
  expect(top.map((entry) => entry.token)).toEqual([2, 1, 3]);
  top.forEach((entry, i) => {
    expect(entry.logprob).toBeCloseTo(Math.log([0.4, 0.2, 0.2][i]!), 6);
  });
});

test('logProbabilities reports only the chosen token for a count of 0, and never reports tokens with probability 0', () => {
  const row = Float32Array.of(1, Number.NEGATIVE_INFINITY, 2);
  expect(logProbabilities(row, 0, 0).top).toEqual([]);
  expect(logProbabilities(row, 0, 20).top.map(({ token }) => token)).toEqual([2, 0]);
});

test('logProbabilities does not overflow for logits far from zero', () => {
  const { logprob, top } = logProbabilities(Float32Array.of(3e38, 3e38, -3e38), 0, 3);
  expect(logprob).toBeCloseTo(-Math.LN2, 12);
  expect(top[2]!.logprob).toBeLessThan(-1e38);
});
