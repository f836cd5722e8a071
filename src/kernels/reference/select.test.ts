import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GREEDY } from '../../../tests/support/models/step-plans.ts';
import type { SelectionRow } from '../../base/step/selection.ts';
import { select } from './select.ts';

const logits = (...values: number[]): Float32Array => Float32Array.from(values);
/** Returns logits of tokens with the given probabilities at temperature 1. */
const logitsFor = (...values: number[]): Float32Array => Float32Array.from(values, Math.log);

const SAMPLE: SelectionRow = { ...GREEDY, temperature: 1 };

function withAdjustments(
  adjustments: readonly { token: number; penalty?: number; bias?: number }[],
): SelectionRow {
  return {
    ...GREEDY,
    adjustTokens: Int32Array.from(adjustments, ({ token }) => token),
    adjustPenalty: Float32Array.from(adjustments, ({ penalty }) => penalty ?? 1),
    adjustBias: Float32Array.from(adjustments, ({ bias }) => bias ?? 0),
  };
}

function chooseToken(row: Float32Array, selection: SelectionRow): number {
  const result = select(row, selection);
  if (result.outcome !== 'chosen') throw new Error(result.outcome);
  return result.token;
}

/** Returns the fraction of evenly spaced uniform numbers for which each token is chosen. [vocabSize] */
function frequencies(row: Float32Array, selection: SelectionRow, count = 1000): number[] {
  const drawn = new Array<number>(row.length).fill(0);
  for (let i = 0; i < count; i++) drawn[chooseToken(row, { ...selection, uniform: (i + 0.5) / count })]!++;
  return drawn.map((times) => times / count);
}

function expectFrequencies(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, id) => {
    expect(Math.abs(value - expected[id]!), `token ${id} of ${actual}`).toBeLessThanOrEqual(0.001);
    if (expected[id] === 0) expect(value).toBe(0);
  });
}

describe('`select` at temperature 0', () => {
  test('chooses the token with the largest logit; among equal logits, the lowest id', () => {
    expect(chooseToken(logits(1, 3, 2, 3), GREEDY)).toBe(1);
    expect(chooseToken(logits(-5, -7, -5), GREEDY)).toBe(0);
  });

  test('ignores top-k, top-p and the uniform number', () => {
    expect(chooseToken(logits(1, 2, 3), { ...GREEDY, topK: 1, topP: 0.01, uniform: 0.99 })).toBe(2);
  });
});

describe('adjustments of `select`', () => {
  test('a penalty divides positive logits and multiplies negative logits', () => {
    expect(chooseToken(logits(4, 3, 0), withAdjustments([{ token: 0, penalty: 2 }]))).toBe(1);
    expect(chooseToken(logits(-2, -3, -9), withAdjustments([{ token: 0, penalty: 2 }]))).toBe(1);
    expect(chooseToken(logits(-4, -3, -9), withAdjustments([{ token: 0, penalty: 0.5 }]))).toBe(0);
  });

  test('a bias is added after the penalty', () => {
    // 4 / 2 + 1.5 = 3.5 is more than 3, but (4 + 1.5) / 2 = 2.75 would be less than 3.
    expect(chooseToken(logits(4, 3, 0), withAdjustments([{ token: 0, penalty: 2, bias: 1.5 }]))).toBe(0);
  });

  test('a bias of -Infinity forbids a token at any temperature', () => {
    const forbidden = withAdjustments([{ token: 1, bias: Number.NEGATIVE_INFINITY }]);
    expect(chooseToken(logits(1, 9, 2), forbidden)).toBe(2);
    expectFrequencies(frequencies(logitsFor(0.2, 0.6, 0.2), { ...forbidden, temperature: 1 }), [0.5, 0, 0.5]);
  });

  test('do not modify the given logits', () => {
    const row = logits(4, 3);
    chooseToken(row, withAdjustments([{ token: 0, penalty: 2, bias: -7 }]));
    expect([...row]).toEqual([4, 3]);
  });
});

describe('`select` at a temperature above 0', () => {
  const row = logitsFor(0.1, 0.2, 0.3, 0.4);

  test('chooses each token with its probability', () => {
    expectFrequencies(frequencies(row, SAMPLE), [0.1, 0.2, 0.3, 0.4]);
  });

  test('divides logits by the temperature', () => {
    const roots = [0.1, 0.2, 0.3, 0.4].map(Math.sqrt);
    const total = roots.reduce((sum, root) => sum + root, 0);
    expectFrequencies(
      frequencies(row, { ...SAMPLE, temperature: 2 }),
      roots.map((root) => root / total),
    );
  });

  test('chooses the first token, in order of id, whose cumulative probability exceeds the uniform number', () => {
    const equalLogits = logits(0, 0, 0, 0); // a probability of exactly 1/4 each
    const uniforms = [0, 0.2499, 0.25, 0.4999, 0.5, 0.75, 1 - 2 ** -53];
    expect(uniforms.map((uniform) => chooseToken(equalLogits, { ...SAMPLE, uniform }))).toEqual([
      0, 0, 1, 1, 2, 3, 3,
    ]);
  });

  test('does not overflow for logits far from zero', () => {
    expectFrequencies(frequencies(logits(3e38, 3e38, -3e38), SAMPLE), [0.5, 0.5, 0]);
    expectFrequencies(frequencies(logits(-3e38, -3e38), { ...SAMPLE, temperature: 0.01 }), [0.5, 0.5]);
  });
});

describe('top-k', () => {
  const row = logitsFor(0.1, 0.4, 0.2, 0.3);

  test('retains the tokens with the k largest logits', () => {
    expectFrequencies(frequencies(row, { ...SAMPLE, topK: 1 }), [0, 1, 0, 0]);
    expectFrequencies(frequencies(row, { ...SAMPLE, topK: 2 }), [0, 4 / 7, 0, 3 / 7]);
  });

  test('retains tokens whose logits equal the k-th largest', () => {
    expectFrequencies(
      frequencies(logits(1, 2, 1, 0, 1), { ...SAMPLE, topK: 2, temperature: 1e6 }),
      [0.25, 0.25, 0.25, 0, 0.25],
    );
  });

  test.each([0, 4, 1000])('of %i retains all tokens', (topK) => {
    expectFrequencies(frequencies(row, { ...SAMPLE, topK }), [0.1, 0.4, 0.2, 0.3]);
  });

  test('uses the adjusted logits', () => {
    const selection = { ...withAdjustments([{ token: 1, bias: -9 }]), temperature: 1, topK: 1 };
    expectFrequencies(frequencies(row, selection), [0, 0, 0, 1]);
  });
});

describe('top-p', () => {
  const equalLogits = logits(0, 0, 0, 0);

  test('retains the smallest set of the most probable tokens whose probabilities reach p', () => {
    const row = logitsFor(0.1, 0.4, 0.2, 0.3);
    expectFrequencies(frequencies(row, { ...SAMPLE, topP: 0.39 }), [0, 1, 0, 0]);
    expectFrequencies(frequencies(row, { ...SAMPLE, topP: 0.41 }), [0, 4 / 7, 0, 3 / 7]);
    expectFrequencies(frequencies(row, { ...SAMPLE, topP: 0.89 }), [0, 4 / 9, 2 / 9, 3 / 9]);
    expectFrequencies(frequencies(row, { ...SAMPLE, topP: 0.91 }), [0.1, 0.4, 0.2, 0.3]);
  });

  test('retains no further token when the sum equals p; equally probable tokens are sorted by id', () => {
    expectFrequencies(frequencies(equalLogits, { ...SAMPLE, topP: 0.5 }), [0.5, 0.5, 0, 0]);
    expectFrequencies(frequencies(equalLogits, { ...SAMPLE, topP: 0.500001 }), [1 / 3, 1 / 3, 1 / 3, 0]);
  });

  test('always retains at least one token', () => {
    expectFrequencies(frequencies(equalLogits, { ...SAMPLE, topP: 1e-9 }), [1, 0, 0, 0]);
  });

  test('applies after top-k and the temperature', () => {
    const row = logitsFor(0.4, 0.3, 0.2, 0.1);
    // After top-k 2, the probabilities are 4/7 and 3/7; 0.57 is less than 4/7 = 0.571, but more than 0.4.
    expectFrequencies(frequencies(row, { ...SAMPLE, topK: 2, topP: 0.57 }), [1, 0, 0, 0]);
    // At temperature 0.5, probabilities are proportional to their squares: 16, 9, 4 and 1 of 30.
    expectFrequencies(frequencies(row, { ...SAMPLE, temperature: 0.5, topP: 0.53 }), [1, 0, 0, 0]);
    expectFrequencies(frequencies(row, { ...SAMPLE, temperature: 0.5, topP: 0.54 }), [0.64, 0.36, 0, 0]);
  });

  test('retains a set of the smallest size for random probabilities', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(weights, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (list, topP) => {
        const total = list.reduce((sum, weight) => sum + weight, 0);
        const retained = frequencies(logitsFor(...list), { ...SAMPLE, topP }, 200).flatMap((times, id) =>
          times > 0 ? [list[id]!] : [],
        );
        const sum = retained.reduce((reached, weight) => reached + weight, 0);
        const tolerance = 1e-5 * total; // logits are f32
        expect(sum).toBeGreaterThanOrEqual(topP * total - tolerance);
        expect(sum - Math.min(...retained)).toBeLessThan(topP * total + tolerance);
        const excluded = [...list].sort((a, b) => b - a).slice(retained.length);
        expect(Math.min(...retained)).toBeGreaterThanOrEqual(Math.max(0, ...excluded));
      }),
    );
  });
});

describe('min-p', () => {
  const row = logitsFor(0.1, 0.4, 0.2, 0.3);

  test('excludes tokens that are less probable than the given fraction of the most probable token', () => {
    expectFrequencies(frequencies(row, { ...SAMPLE, minP: 0.49 }), [0, 4 / 9, 2 / 9, 3 / 9]);
    expectFrequencies(frequencies(row, { ...SAMPLE, minP: 0.51 }), [0, 4 / 7, 0, 3 / 7]);
    expectFrequencies(frequencies(row, { ...SAMPLE, minP: 1 }), [0, 1, 0, 0]);
  });

  test('retains all tokens that are as probable as the most probable token', () => {
    expectFrequencies(frequencies(logits(2, 1, 2, 0), { ...SAMPLE, minP: 1 }), [0.5, 0, 0.5, 0]);
  });

  test('compares the probabilities that result from the temperature', () => {
    // At temperature 0.5, the second token has (3 / 4)^2 = 0.5625 times the probability of the first token.
    expectFrequencies(frequencies(row, { ...SAMPLE, temperature: 0.5, minP: 0.56 }), [0, 0.64, 0, 0.36]);
    expectFrequencies(frequencies(row, { ...SAMPLE, temperature: 0.5, minP: 0.57 }), [0, 1, 0, 0]);
  });
});

describe('typical-p', () => {
  // The information contents are 0.51, 1.61, 2.30 and 2.30, and the entropy is 1.09, so the second token is the most
  // typical.
  const row = logitsFor(0.6, 0.2, 0.1, 0.1);

  test('retains the tokens whose information content is closest to the entropy, even without the most probable token', () => {
    expectFrequencies(frequencies(row, { ...SAMPLE, typicalP: 0.19 }), [0, 1, 0, 0]);
    expectFrequencies(frequencies(row, { ...SAMPLE, typicalP: 0.21 }), [0.75, 0.25, 0, 0]);
    expectFrequencies(frequencies(row, { ...SAMPLE, typicalP: 0.79 }), [0.75, 0.25, 0, 0]);
  });

  test('retains tokens that are as typical as the last retained token', () => {
    expectFrequencies(frequencies(row, { ...SAMPLE, typicalP: 0.81 }), [0.6, 0.2, 0.1, 0.1]);
  });

  test('applies after top-k and min-p', () => {
    // With only the tokens 0 and 1, the information contents are 0.29 and 1.39 and the entropy is 0.56: token 0 is more
    // typical.
    expectFrequencies(frequencies(row, { ...SAMPLE, topK: 2, typicalP: 0.1 }), [1, 0, 0, 0]);
    expectFrequencies(frequencies(row, { ...SAMPLE, minP: 0.3, typicalP: 0.1 }), [1, 0, 0, 0]);
  });
});

describe('`select` without an allowed token', () => {
  const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
  const forbidAll = withAdjustments([0, 1, 2].map((token) => ({ token, bias: -infinity })));

  test.each([0, 1])('reports no_token_allowed or bad_logits at temperature %i', (temperature) => {
    const outcomeOf = (row: Float32Array, selection: SelectionRow): string =>
      select(row, { ...selection, temperature, topK: 2, topP: 0.9, minP: 0.1, typicalP: 0.9 }).outcome;
    expect(outcomeOf(logits(1, 2, 3), forbidAll)).toBe('no_token_allowed');
    expect(
      outcomeOf(
        logits(1, 2, -infinity),
        withAdjustments([0, 1].map((token) => ({ token, bias: -infinity }))),
      ),
    ).toBe('no_token_allowed');
    expect(outcomeOf(logits(1, nan, 3), GREEDY)).toBe('bad_logits');
    expect(outcomeOf(logits(1, nan, 3), forbidAll)).toBe('bad_logits');
    expect(outcomeOf(logits(1, infinity, 3), GREEDY)).toBe('bad_logits');
    expect(outcomeOf(logits(1, infinity, 3), forbidAll)).toBe('bad_logits');
    expect(outcomeOf(logits(-infinity, -infinity, -infinity), GREEDY)).toBe('bad_logits');
  });

  test('does not fail if one token is allowed, with any top-k, top-p, min-p and typical-p', () => {
    const forbidTwo = withAdjustments([0, 2].map((token) => ({ token, bias: -infinity })));
    const restrictive = { temperature: 1, topK: 1, topP: 0.01, minP: 1, typicalP: 0.01 };
    for (const uniform of [0, 0.5, 1 - 2 ** -53]) {
      expect(chooseToken(logits(3, -80, 3), { ...forbidTwo, ...restrictive, uniform })).toBe(1);
    }
  });
});

test('`select` chooses an allowed token for random parameters', () => {
  const fraction = fc.double({ min: 0.001, max: 1, noNaN: true });
  const randomLogits = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), {
    minLength: 2,
    maxLength: 12,
  });
  const randomParameters = fc.record({
    temperature: fc.double({ min: 0, max: 5, noNaN: true }),
    topK: fc.integer({ min: 0, max: 12 }),
    topP: fraction,
    minP: fraction,
    typicalP: fraction,
    uniform: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });
  fc.assert(
    fc.property(randomLogits, randomParameters, fc.nat(), (list, row, index) => {
      const allowed = index % list.length;
      const forbidden = list.flatMap((_, token) =>
        token === allowed || token % 2 === 0 ? [] : [{ token, bias: Number.NEGATIVE_INFINITY }],
      );
      const token = chooseToken(logits(...list), { ...withAdjustments(forbidden), ...row });
      expect(forbidden.some((adjustment) => adjustment.token === token)).toBe(false);
      expect(token).toBeLessThan(list.length);
    }),
  );
});

test('`select` computes log-probabilities before adjustments, temperature and top-k', () => {
  const row = logitsFor(0.1, 0.2, 0.3, 0.4);
  const selection = { ...withAdjustments([{ token: 3, bias: -9 }]), temperature: 0.5, topK: 1, logprobs: 1 };
  expect(select(row, selection)).toEqual({
    outcome: 'chosen',
    token: 2,
    logprobs: {
      token: 2,
      logprob: expect.closeTo(Math.log(0.3), 6),
      top: [{ token: 3, logprob: expect.closeTo(Math.log(0.4), 6) }],
    },
  });
  expect(select(row, GREEDY)).toMatchObject({ logprobs: undefined });
});
