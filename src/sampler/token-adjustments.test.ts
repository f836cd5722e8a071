// Tests that adjustments that are updated token by token have the same bits as adjustments that are computed from the entire
// text, for any order of counting and any drafts, and that each token is read once.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SamplingOptions } from '../completion/sampling-options.ts';
import { forbiddenTokens, type SampledSequence } from './forbidden-tokens.ts';
import { type SamplingParameters, samplingParameters } from './parameters.ts';
import { type Adjustments, TokenAdjustments } from './token-adjustments.ts';

const VOCABULARY = 12;
const token = fc.integer({ min: 0, max: VOCABULARY - 1 });
const options: fc.Arbitrary<SamplingOptions> = fc.record(
  {
    repetitionPenalty: fc.constantFrom(1, 1.1, 0.7),
    presencePenalty: fc.constantFrom(0, 0.3, -1.7),
    frequencyPenalty: fc.constantFrom(0, 0.1, -0.7),
    logitBias: fc.dictionary(
      token.map(String),
      fc.oneof(fc.double({ min: -100, max: 100, noNaN: true }), fc.constant(Number.NEGATIVE_INFINITY)),
    ),
    badTokens: fc.array(fc.array(token, { minLength: 1, maxLength: 3 }), { maxLength: 3 }),
    minTokens: fc.integer({ min: 0, max: 4 }),
    stopTokens: fc.array(token, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);

/** Penalty and bias by token id. */
type ByToken = Record<number, readonly [penalty: number, bias: number]>;

function byToken({ adjustTokens, adjustPenalty, adjustBias }: Adjustments): ByToken {
  expect(new Set(adjustTokens).size).toBe(adjustTokens.length);
  const entries = Array.from(
    adjustTokens,
    (token, i) => [token, [adjustPenalty[i]!, adjustBias[i]!]] as const,
  );
  // Slots without effect are ignored.
  return Object.fromEntries(entries.filter(([, [penalty, bias]]) => penalty !== 1 || bias !== 0));
}

/** Returns the adjustments by definition, computed from the entire text. */
function expectedAdjustments(parameters: SamplingParameters, sequence: SampledSequence): ByToken {
  const { repetitionPenalty, presencePenalty, frequencyPenalty, logitBias } = parameters;
  const { tokens, promptLength } = sequence;
  const answer = [...tokens.subarray(promptLength)];
  const { byBias, byBadWords, byMinTokens } = forbiddenTokens(parameters, sequence);
  const forbidden = new Set([...byBias, ...byBadWords, ...byMinTokens]);
  const adjusted: ByToken = {};
  for (const token of new Set([...tokens, ...logitBias.keys(), ...forbidden])) {
    const penalty = Math.fround(tokens.includes(token) ? repetitionPenalty : 1);
    let bias = logitBias.get(token) ?? 0;
    if (answer.includes(token)) bias -= presencePenalty;
    for (const other of answer) if (other === token) bias -= frequencyPenalty;
    if (forbidden.has(token)) bias = Number.NEGATIVE_INFINITY;
    if (penalty !== 1 || Math.fround(bias) !== 0) adjusted[token] = [penalty, Math.fround(bias)];
  }
  return adjusted;
}

describe('TokenAdjustments', () => {
  it('returns the same adjustments as a direct computation for all rows of a step, after any drafts', () => {
    fc.assert(
      fc.property(
        options,
        fc.array(token, { minLength: 1, maxLength: 8 }),
        fc.array(
          fc.record({
            next: token,
            draftTokens: fc.array(token, { maxLength: 4 }),
            countsEarly: fc.boolean(),
          }),
          {
            maxLength: 30,
          },
        ),
        (samplingOptions, prompt, steps) => {
          const parameters = samplingParameters(samplingOptions);
          const incremental = new TokenAdjustments(parameters);
          const text = [...prompt];
          const promptLength = prompt.length;
          for (const { next, draftTokens, countsEarly } of steps) {
            const tokens = Int32Array.from([...text, ...draftTokens]);
            if (countsEarly) incremental.countTokens({ tokens, promptLength }, text.length - 1);
            const rows = Array.from({ length: draftTokens.length + 1 }, (_, drafts) => {
              const sequence = { tokens: tokens.subarray(0, text.length + drafts), promptLength };
              return { sequence, adjustments: incremental.adjustmentsAfter(sequence, drafts) };
            });
            for (const { sequence, adjustments } of rows) {
              expect(byToken(adjustments)).toEqual(expectedAdjustments(parameters, sequence));
            }
            text.push(next);
          }
        },
      ),
      { numRuns: process.env.QUIRE_FULL === '1' ? 5000 : 200 },
    );
  }, 600_000);

  it('returns the same adjustments as a direct computation for a fork, for any state and options of the parent', () => {
    const text = fc.array(token, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        options,
        options,
        fc.boolean(),
        text,
        text,
        (first, second, hasSameOptions, shared, added) => {
          const parentParameters = samplingParameters(first);
          const parameters = samplingParameters(hasSameOptions ? first : second);
          const promptLength = Math.ceil(shared.length / 2);
          const parent = new TokenAdjustments(parentParameters);
          parent.adjustmentsAfter({ tokens: Int32Array.from(shared), promptLength });
          const fork = new TokenAdjustments(parameters);
          fork.startFrom(parent, shared.length);
          parent.adjustmentsAfter({ tokens: Int32Array.from([...shared, 1, 2, 3]), promptLength }); // the parent continues
          const sequence = { tokens: Int32Array.from([...shared, ...added]), promptLength };
          expect(byToken(fork.adjustmentsAfter(sequence))).toEqual(expectedAdjustments(parameters, sequence));
        },
      ),
      { numRuns: process.env.QUIRE_FULL === '1' ? 5000 : 200 },
    );
  }, 600_000);

  it('reads each token once', () => {
    const parameters = samplingParameters({
      repetitionPenalty: 1.1,
      presencePenalty: 0.5,
      frequencyPenalty: 0.1,
    });
    const incremental = new TokenAdjustments(parameters);
    let reads = 0;
    const countingReads = (length: number): Int32Array => {
      const tokens = Int32Array.from({ length }, (_, i) => (i * 7) % 50);
      return new Proxy(tokens, {
        get(target, name) {
          if (typeof name === 'string' && /^\d+$/.test(name)) reads++;
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    };
    incremental.adjustmentsAfter({ tokens: countingReads(2000), promptLength: 1000 });
    expect(reads).toBe(2000);
    const fork = new TokenAdjustments(parameters);
    fork.startFrom(incremental, 2000);
    fork.adjustmentsAfter({ tokens: countingReads(2000), promptLength: 1000 });
    expect(reads).toBe(2000);
    for (let length = 2001; length <= 2100; length++)
      incremental.adjustmentsAfter({ tokens: countingReads(length), promptLength: 1000 });
    expect(reads).toBe(2100);
  });

  it('returns views of one buffer for all rows, and the previous object if the row has no new token', () => {
    const incremental = new TokenAdjustments(
      samplingParameters({ repetitionPenalty: 1.1, badTokens: [[5, 6]] }),
    );
    const tokens = Int32Array.of(1, 2, 3, 1, 5);
    const rowAt = (length: number): Adjustments =>
      incremental.adjustmentsAfter({ tokens: tokens.subarray(0, length), promptLength: 1 });
    const [first, second, third] = [rowAt(2), rowAt(3), rowAt(4)];
    expect(second.adjustBias.buffer).toBe(first.adjustBias.buffer);
    expect(third).toBe(second); // the last token has a slot
    expect(byToken(rowAt(5))[6]).toEqual([1, Number.NEGATIVE_INFINITY]);
  });

  it.each([
    ['a token outside the vocabulary', {}, [1, 12]],
    ['a penalty that is 0 in single precision', { repetitionPenalty: 1e-50 }, [1]],
  ])('rejects %s when the row is created, not when the token is counted', (_name, samplingOptions, text) => {
    const parameters = { ...samplingParameters({ repetitionPenalty: 1.1 }), ...samplingOptions };
    const incremental = new TokenAdjustments(parameters, VOCABULARY);
    const sequence = { tokens: Int32Array.from(text), promptLength: 1 };
    incremental.countTokens(sequence, text.length);
    expect(() => incremental.adjustmentsAfter(sequence)).toThrow(
      expect.objectContaining({ code: 'bad_option' }),
    );
  });

  it('rejects an invalid token among drafts, without an effect on later rows', () => {
    const incremental = new TokenAdjustments(samplingParameters({ repetitionPenalty: 1.1 }), VOCABULARY);
    const rowAfter = (text: number[], drafts: number): Adjustments =>
      incremental.adjustmentsAfter({ tokens: Int32Array.from(text), promptLength: 1 }, drafts);
    expect(() => rowAfter([1, 99], 1)).toThrow(expect.objectContaining({ code: 'bad_option' }));
    expect(byToken(rowAfter([1, 2], 0))).toEqual({
      1: [Math.fround(1.1), 0],
      2: [Math.fround(1.1), 0],
    });
  });
});
