import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GREEDY } from '../../../tests/support/models/step-plans.ts';
import type { SelectionRow } from '../../base/step/selection.ts';
import { select } from './select.ts';

const logits = (...values: number[]): Float32Array => Float32Array.from(values);
/** Returns logits with the given probabilities at temperature 1. */
const likelihoods = (...values: number[]): Float32Array => Float32Array.from(values, Math.log);

const SAMPLE: SelectionRow = { ...GREEDY, temperature: 1 };

function adjusted(adjustments: readonly { token: number; penalty?: number; bias?: number }[]): SelectionRow {
  return {
    ...GREEDY,
    adjustTokens: Int32Array.from(adjustments, ({ token }) => token),
    adjustPenalty: Float32Array.from(adjustments, ({ penalty }) => penalty ?? 1),
    adjustBias: Float32Array.from(adjustments, ({ bias }) => bias ?? 0),
  };
}

function chosen(row: Float32Array, selection: SelectionRow): number {
  const result = select(row, selection);
  if (result.outcome !== 'chosen') throw new Error(result.outcome);
  return result.token;
}

/** Returns how often each token is drawn for a regular grid of uniform numbers. [vocabSize] */
function frequencies(row: Float32Array, selection: SelectionRow, count = 1000): number[] {
  const drawn = new Array<number>(row.length).fill(0);
  for (let i = 0; i < count; i++) drawn[chosen(row, { ...selection, uniform: (i + 0.5) / count })]!++;
  return drawn.map((times) => times / count);
}

function expectFrequencies(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, id) => {
    expect(Math.abs(value - expected[id]!), `token ${id} of ${actual}`).toBeLessThanOrEqual(0.001);
    if (expected[id] === 0) expect(value).toBe(0);
  });
}

describe('temperature 0', () => {
  test('selects the largest logit, the lowest id among equals', () => {
    expect(chosen(logits(1, 3, 2, 3), GREEDY)).toBe(1);
    expect(chosen(logits(-5, -7, -5), GREEDY)).toBe(0);
  });

  test('ignores top-k, top-p and the uniform number', () => {
    expect(chosen(logits(1, 2, 3), { ...GREEDY, topK: 1, topP: 0.01, uniform: 0.99 })).toBe(2);
  });
});

describe('adjustments', () => {
  test('a penalty divides a positive logit and multiplies a negative one', () => {
    expect(chosen(logits(4, 3, 0), adjusted([{ token: 0, penalty: 2 }]))).toBe(1);
    expect(chosen(logits(-2, -3, -9), adjusted([{ token: 0, penalty: 2 }]))).toBe(1);
    expect(chosen(logits(-4, -3, -9), adjusted([{ token: 0, penalty: 0.5 }]))).toBe(0);
  });

  test('a bias is added after the penalty', () => {
    // 4 / 2 + 1.5 = 3.5 is less than 4, (4 + 1.5) / 2 = 2.75 is less than 3: the order decides.
    expect(chosen(logits(4, 3, 0), adjusted([{ token: 0, penalty: 2, bias: 1.5 }]))).toBe(0);
  });

  test('a bias of -Infinity forbids a token at any temperature', () => {
    const forbidden = adjusted([{ token: 1, bias: Number.NEGATIVE_INFINITY }]);
    expect(chosen(logits(1, 9, 2), forbidden)).toBe(2);
    expectFrequencies(
      frequencies(likelihoods(0.2, 0.6, 0.2), { ...forbidden, temperature: 1 }),
      [0.5, 0, 0.5],
    );
  });

  test('do not modify the logits', () => {
    const row = logits(4, 3);
    chosen(row, adjusted([{ token: 0, penalty: 2, bias: -7 }]));
    expect([...row]).toEqual([4, 3]);
  });
});

describe('sampling', () => {
  const row = likelihoods(0.1, 0.2, 0.3, 0.4);

  test('draws each token as often as its probability', () => {
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

  test('draws in order of id: the first whose cumulative probability exceeds the uniform number', () => {
    const even = logits(0, 0, 0, 0); // exactly a quarter each
    const borders = [0, 0.2499, 0.25, 0.4999, 0.5, 0.75, 1 - 2 ** -53];
    expect(borders.map((uniform) => chosen(even, { ...SAMPLE, uniform }))).toEqual([0, 0, 1, 1, 2, 3, 3]);
  });

  test('logits far from zero do not overflow', () => {
    expectFrequencies(frequencies(logits(3e38, 3e38, -3e38), SAMPLE), [0.5, 0.5, 0]);
    expectFrequencies(frequencies(logits(-3e38, -3e38), { ...SAMPLE, temperature: 0.01 }), [0.5, 0.5]);
  });
});

describe('top-k', () => {
  const row = likelihoods(0.1, 0.4, 0.2, 0.3);

  test('keeps the k largest logits', () => {
    expectFrequencies(frequencies(row, { ...SAMPLE, topK: 1 }), [0, 1, 0, 0]);
    expectFrequencies(frequencies(row, { ...SAMPLE, topK: 2 }), [0, 4 / 7, 0, 3 / 7]);
  });

  test('keeps logits equal to the k-th largest', () => {
    expectFrequencies(
      frequencies(logits(1, 2, 1, 0, 1), { ...SAMPLE, topK: 2, temperature: 1e6 }),
      [0.25, 0.25, 0.25, 0, 0.25],
    );
  });

  test.each([0, 4, 1000])('of %i keeps all', (topK) => {
    expectFrequencies(frequencies(row, { ...SAMPLE, topK }), [0.1, 0.4, 0.2, 0.3]);
  });

  test('uses the adjusted logits', () => {
    const selection = { ...adjusted([{ token: 1, bias: -9 }]), temperature: 1, topK: 1 };
    expectFrequencies(frequencies(row, selection), [0, 0, 0, 1]);
  });
});

describe('top-p', () => {
  const even = logits(0, 0, 0, 0);

  test('keeps the smallest set of the most probable tokens that reaches p', () => {
    const row = likelihoods(0.1, 0.4, 0.2, 0.3);
    expectFrequencies(frequencies(row, { ...SAMPLE, topP: 0.39 }), [0, 1, 0, 0]);
    expectFrequencies(frequencies(row, { ...SAMPLE, topP: 0.41 }), [0, 4 / 7, 0, 3 / 7]);
    expectFrequencies(frequencies(row, { ...SAMPLE, topP: 0.89 }), [0, 4 / 9, 2 / 9, 3 / 9]);
    expectFrequencies(frequencies(row, { ...SAMPLE, topP: 0.91 }), [0.1, 0.4, 0.2, 0.3]);
  });

  test('stops when exactly p is reached, lower ids first among equals', () => {
    expectFrequencies(frequencies(even, { ...SAMPLE, topP: 0.5 }), [0.5, 0.5, 0, 0]);
    expectFrequencies(frequencies(even, { ...SAMPLE, topP: 0.500001 }), [1 / 3, 1 / 3, 1 / 3, 0]);
  });

  test('always keeps one token', () => {
    expectFrequencies(frequencies(even, { ...SAMPLE, topP: 1e-9 }), [1, 0, 0, 0]);
  });

  test('applies to the tokens left by top-k, at the temperature', () => {
    const row = likelihoods(0.4, 0.3, 0.2, 0.1);
    // top-k 2 leaves 4/7 and 3/7; 0.57 is less than 4/7 = 0.571, though more than 0.4.
    expectFrequencies(frequencies(row, { ...SAMPLE, topK: 2, topP: 0.57 }), [1, 0, 0, 0]);
    // At temperature 0.5 probabilities are squared: 16, 9, 4, 1 of 30.
    expectFrequencies(frequencies(row, { ...SAMPLE, temperature: 0.5, topP: 0.53 }), [1, 0, 0, 0]);
    expectFrequencies(frequencies(row, { ...SAMPLE, temperature: 0.5, topP: 0.54 }), [0.64, 0.36, 0, 0]);
  });

  test('keeps a smallest set for any probabilities', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(weights, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (list, topP) => {
        const total = list.reduce((sum, weight) => sum + weight, 0);
        const kept = frequencies(likelihoods(...list), { ...SAMPLE, topP }, 200).flatMap((times, id) =>
          times > 0 ? [list[id]!] : [],
        );
        const sum = kept.reduce((reached, weight) => reached + weight, 0);
        const slack = 1e-5 * total; // logits are f32
        expect(sum).toBeGreaterThanOrEqual(topP * total - slack);
        expect(sum - Math.min(...kept)).toBeLessThan(topP * total + slack);
        const dropped = [...list].sort((a, b) => b - a).slice(kept.length);
        expect(Math.min(...kept)).toBeGreaterThanOrEqual(Math.max(0, ...dropped));
      }),
    );
  });
});

describe('min-p', () => {
  const row = likelihoods(0.1, 0.4, 0.2, 0.3);

  test('drops tokens less probable than the fraction of the most probable one', () => {
    expectFrequencies(frequencies(row, { ...SAMPLE, minP: 0.49 }), [0, 4 / 9, 2 / 9, 3 / 9]);
    expectFrequencies(frequencies(row, { ...SAMPLE, minP: 0.51 }), [0, 4 / 7, 0, 3 / 7]);
    expectFrequencies(frequencies(row, { ...SAMPLE, minP: 1 }), [0, 1, 0, 0]);
  });

  test('keeps all tokens equal to the most probable one', () => {
    expectFrequencies(frequencies(logits(2, 1, 2, 0), { ...SAMPLE, minP: 1 }), [0.5, 0, 0.5, 0]);
  });

  test('compares probabilities at the temperature', () => {
    // At temperature 0.5 the share of the second is (3 / 4)^2 = 0.5625.
    expectFrequencies(frequencies(row, { ...SAMPLE, temperature: 0.5, minP: 0.56 }), [0, 0.64, 0, 0.36]);
    expectFrequencies(frequencies(row, { ...SAMPLE, temperature: 0.5, minP: 0.57 }), [0, 1, 0, 0]);
  });
});

describe('typical-p', () => {
  // Surprises are 0.51, 1.61, 2.30 and 2.30, their expectation is 1.09: the second is the most typical.
  const row = likelihoods(0.6, 0.2, 0.1, 0.1);

  test('keeps tokens with information content closest to the entropy, not always the most probable one', () => {
    expectFrequencies(frequencies(row, { ...SAMPLE, typicalP: 0.19 }), [0, 1, 0, 0]);
    expectFrequencies(frequencies(row, { ...SAMPLE, typicalP: 0.21 }), [0.75, 0.25, 0, 0]);
    expectFrequencies(frequencies(row, { ...SAMPLE, typicalP: 0.79 }), [0.75, 0.25, 0, 0]);
  });

  test('keeps tokens equal to the last one kept', () => {
    expectFrequencies(frequencies(row, { ...SAMPLE, typicalP: 0.81 }), [0.6, 0.2, 0.1, 0.1]);
  });

  test('applies to the tokens left by the previous cuts', () => {
    // For 0.6 and 0.2 alone, information contents are 0.29 and 1.39 and the entropy is 0.56: the first is more typical.
    expectFrequencies(frequencies(row, { ...SAMPLE, topK: 2, typicalP: 0.1 }), [1, 0, 0, 0]);
    expectFrequencies(frequencies(row, { ...SAMPLE, minP: 0.3, typicalP: 0.1 }), [1, 0, 0, 0]);
  });
});

describe('a row without an allowed token', () => {
  const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
  const forbidAll = adjusted([0, 1, 2].map((token) => ({ token, bias: -infinity })));

  test.each([0, 1])('reports no_token_allowed or bad_logits at temperature %i', (temperature) => {
    const outcomeOf = (row: Float32Array, selection: SelectionRow): string =>
      select(row, { ...selection, temperature, topK: 2, topP: 0.9, minP: 0.1, typicalP: 0.9 }).outcome;
    expect(outcomeOf(logits(1, 2, 3), forbidAll)).toBe('no_token_allowed');
    expect(
      outcomeOf(logits(1, 2, -infinity), adjusted([0, 1].map((token) => ({ token, bias: -infinity })))),
    ).toBe('no_token_allowed');
    expect(outcomeOf(logits(1, nan, 3), GREEDY)).toBe('bad_logits');
    expect(outcomeOf(logits(1, nan, 3), forbidAll)).toBe('bad_logits');
    expect(outcomeOf(logits(1, infinity, 3), GREEDY)).toBe('bad_logits');
    expect(outcomeOf(logits(1, infinity, 3), forbidAll)).toBe('bad_logits');
    expect(outcomeOf(logits(-infinity, -infinity, -infinity), GREEDY)).toBe('bad_logits');
  });

  test('does not occur while one token is allowed, whatever the cuts', () => {
    const two = adjusted([0, 2].map((token) => ({ token, bias: -infinity })));
    const cuts = { temperature: 1, topK: 1, topP: 0.01, minP: 1, typicalP: 0.01 };
    for (const uniform of [0, 0.5, 1 - 2 ** -53]) {
      expect(chosen(logits(3, -80, 3), { ...two, ...cuts, uniform })).toBe(1);
    }
  });
});

test('the selected token is allowed for any parameters', () => {
  const fraction = fc.double({ min: 0.001, max: 1, noNaN: true });
  const someLogits = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 2, maxLength: 12 });
  const asked = fc.record({
    temperature: fc.double({ min: 0, max: 5, noNaN: true }),
    topK: fc.integer({ min: 0, max: 12 }),
    topP: fraction,
    minP: fraction,
    typicalP: fraction,
    uniform: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });
  fc.assert(
    fc.property(someLogits, asked, fc.nat(), (list, row, pick) => {
      const allowed = pick % list.length;
      const forbidden = list.flatMap((_, token) =>
        token === allowed || token % 2 === 0 ? [] : [{ token, bias: Number.NEGATIVE_INFINITY }],
      );
      const token = chosen(logits(...list), { ...adjusted(forbidden), ...row });
      expect(forbidden.some((one) => one.token === token)).toBe(false);
      expect(token).toBeLessThan(list.length);
    }),
  );
});

test('log-probabilities are computed before adjustments, temperature and cuts', () => {
  const row = likelihoods(0.1, 0.2, 0.3, 0.4);
  const selection = { ...adjusted([{ token: 3, bias: -9 }]), temperature: 0.5, topK: 1, logprobs: 1 };
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
