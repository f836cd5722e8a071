import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GREEDY } from '../../../tests/support/models/step-plans.ts';
import type { SelectionRow } from '../../base/step/selection.ts';
import { select } from './select.ts';

const logits = (...values: number[]): Float32Array => Float32Array.from(values);
/** Logits whose probabilities at temperature 1 are as given. */
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

/** How often each token is drawn by a grid of uniforms, which has no luck in it. [vocabSize] */
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
  test('chooses the largest logit, the lowest id among equals', () => {
    expect(chosen(logits(1, 3, 2, 3), GREEDY)).toBe(1);
    expect(chosen(logits(-5, -7, -5), GREEDY)).toBe(0);
  });

  test('looks at neither top-k, top-p nor the uniform number', () => {
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

  test('a bias of -Infinity forbids, when sampling too', () => {
    const forbidden = adjusted([{ token: 1, bias: Number.NEGATIVE_INFINITY }]);
    expect(chosen(logits(1, 9, 2), forbidden)).toBe(2);
    expectFrequencies(
      frequencies(likelihoods(0.2, 0.6, 0.2), { ...forbidden, temperature: 1 }),
      [0.5, 0, 0.5],
    );
  });

  test('leave the logits themselves alone', () => {
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

  test('is not troubled by logits far from zero', () => {
    expectFrequencies(frequencies(logits(3e38, 3e38, -3e38), SAMPLE), [0.5, 0.5, 0]);
    expectFrequencies(frequencies(logits(-3e38, -3e38), { ...SAMPLE, temperature: 0.01 }), [0.5, 0.5]);
  });
});

describe('top-k', () => {
  const row = likelihoods(0.1, 0.4, 0.2, 0.3);

  test('keeps the k largest', () => {
    expectFrequencies(frequencies(row, { ...SAMPLE, topK: 1 }), [0, 1, 0, 0]);
    expectFrequencies(frequencies(row, { ...SAMPLE, topK: 2 }), [0, 4 / 7, 0, 3 / 7]);
  });

  test('keeps equals of the k-th largest', () => {
    expectFrequencies(
      frequencies(logits(1, 2, 1, 0, 1), { ...SAMPLE, topK: 2, temperature: 1e6 }),
      [0.25, 0.25, 0.25, 0, 0.25],
    );
  });

  test.each([0, 4, 1000])('of %i keeps all', (topK) => {
    expectFrequencies(frequencies(row, { ...SAMPLE, topK }), [0.1, 0.4, 0.2, 0.3]);
  });

  test('looks at the adjusted logits', () => {
    const selection = { ...adjusted([{ token: 1, bias: -9 }]), temperature: 1, topK: 1 };
    expectFrequencies(frequencies(row, selection), [0, 0, 0, 1]);
  });
});

describe('top-p', () => {
  const even = logits(0, 0, 0, 0);

  test('keeps the fewest of the largest that reach p', () => {
    const row = likelihoods(0.1, 0.4, 0.2, 0.3);
    expectFrequencies(frequencies(row, { ...SAMPLE, topP: 0.39 }), [0, 1, 0, 0]);
    expectFrequencies(frequencies(row, { ...SAMPLE, topP: 0.41 }), [0, 4 / 7, 0, 3 / 7]);
    expectFrequencies(frequencies(row, { ...SAMPLE, topP: 0.89 }), [0, 4 / 9, 2 / 9, 3 / 9]);
    expectFrequencies(frequencies(row, { ...SAMPLE, topP: 0.91 }), [0.1, 0.4, 0.2, 0.3]);
  });

  test('stops when p is reached exactly, lower ids first among equals', () => {
    expectFrequencies(frequencies(even, { ...SAMPLE, topP: 0.5 }), [0.5, 0.5, 0, 0]);
    expectFrequencies(frequencies(even, { ...SAMPLE, topP: 0.500001 }), [1 / 3, 1 / 3, 1 / 3, 0]);
  });

  test('always keeps one', () => {
    expectFrequencies(frequencies(even, { ...SAMPLE, topP: 1e-9 }), [1, 0, 0, 0]);
  });

  test('takes its share of what top-k left, at the temperature', () => {
    const row = likelihoods(0.4, 0.3, 0.2, 0.1);
    // top-k 2 leaves 4/7 and 3/7; 0.57 is less than 4/7 = 0.571, though more than 0.4.
    expectFrequencies(frequencies(row, { ...SAMPLE, topK: 2, topP: 0.57 }), [1, 0, 0, 0]);
    // At temperature 0.5 probabilities are squared: 16, 9, 4, 1 of 30.
    expectFrequencies(frequencies(row, { ...SAMPLE, temperature: 0.5, topP: 0.53 }), [1, 0, 0, 0]);
    expectFrequencies(frequencies(row, { ...SAMPLE, temperature: 0.5, topP: 0.54 }), [0.64, 0.36, 0, 0]);
  });

  test('keeps a smallest set, whatever the probabilities', () => {
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

  test('drops what is less probable than its share of the likeliest', () => {
    expectFrequencies(frequencies(row, { ...SAMPLE, minP: 0.49 }), [0, 4 / 9, 2 / 9, 3 / 9]);
    expectFrequencies(frequencies(row, { ...SAMPLE, minP: 0.51 }), [0, 4 / 7, 0, 3 / 7]);
    expectFrequencies(frequencies(row, { ...SAMPLE, minP: 1 }), [0, 1, 0, 0]);
  });

  test('keeps all equals of the likeliest', () => {
    expectFrequencies(frequencies(logits(2, 1, 2, 0), { ...SAMPLE, minP: 1 }), [0.5, 0, 0.5, 0]);
  });

  test('compares at the temperature', () => {
    // At temperature 0.5 the share of the second is (3 / 4)^2 = 0.5625.
    expectFrequencies(frequencies(row, { ...SAMPLE, temperature: 0.5, minP: 0.56 }), [0, 0.64, 0, 0.36]);
    expectFrequencies(frequencies(row, { ...SAMPLE, temperature: 0.5, minP: 0.57 }), [0, 1, 0, 0]);
  });
});

describe('typical-p', () => {
  // Surprises are 0.51, 1.61, 2.30 and 2.30, their expectation is 1.09: the second is the most typical.
  const row = likelihoods(0.6, 0.2, 0.1, 0.1);

  test('keeps those whose surprise is nearest to the entropy, the likeliest not always among them', () => {
    expectFrequencies(frequencies(row, { ...SAMPLE, typicalP: 0.19 }), [0, 1, 0, 0]);
    expectFrequencies(frequencies(row, { ...SAMPLE, typicalP: 0.21 }), [0.75, 0.25, 0, 0]);
    expectFrequencies(frequencies(row, { ...SAMPLE, typicalP: 0.79 }), [0.75, 0.25, 0, 0]);
  });

  test('keeps equals of the last one that it keeps', () => {
    expectFrequencies(frequencies(row, { ...SAMPLE, typicalP: 0.81 }), [0.6, 0.2, 0.1, 0.1]);
  });

  test('looks at what the cuts before it have left', () => {
    // Of 0.6 and 0.2 alone: surprises 0.29 and 1.39, entropy 0.56, so the first is the more typical.
    expectFrequencies(frequencies(row, { ...SAMPLE, topK: 2, typicalP: 0.1 }), [1, 0, 0, 0]);
    expectFrequencies(frequencies(row, { ...SAMPLE, minP: 0.3, typicalP: 0.1 }), [1, 0, 0, 0]);
  });
});

describe('a row without a choice', () => {
  const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
  const forbidAll = adjusted([0, 1, 2].map((token) => ({ token, bias: -infinity })));

  test.each([0, 1])('has an outcome of its own at temperature %i', (temperature) => {
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

  test('is none while a single token is left, whatever the cuts', () => {
    const two = adjusted([0, 2].map((token) => ({ token, bias: -infinity })));
    const cuts = { temperature: 1, topK: 1, topP: 0.01, minP: 1, typicalP: 0.01 };
    for (const uniform of [0, 0.5, 1 - 2 ** -53]) {
      expect(chosen(logits(3, -80, 3), { ...two, ...cuts, uniform })).toBe(1);
    }
  });
});

test('whatever is asked for, the token drawn is one that is allowed', () => {
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

test('log-probabilities are those before any adjustment, temperature and cut', () => {
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
