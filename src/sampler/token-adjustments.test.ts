// Kept up to date token by token, the adjustments are those that the definition gives for the whole text, to the bit:
// whatever was absorbed when, and whatever was guessed in between. And a token costs the same however long the text is.

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

/** By token, since the order means nothing: penalty and bias. */
type ByToken = Record<number, readonly [penalty: number, bias: number]>;

function byToken({ adjustTokens, adjustPenalty, adjustBias }: Adjustments): ByToken {
  expect(new Set(adjustTokens).size).toBe(adjustTokens.length);
  const entries = Array.from(
    adjustTokens,
    (one, at) => [one, [adjustPenalty[at]!, adjustBias[at]!]] as const,
  );
  // A slot that changes nothing is as good as none.
  return Object.fromEntries(entries.filter(([, [penalty, bias]]) => penalty !== 1 || bias !== 0));
}

/** What the adjustments are by definition, computed from the whole text. */
function defined(parameters: SamplingParameters, sequence: SampledSequence): ByToken {
  const { repetitionPenalty, presencePenalty, frequencyPenalty, logitBias } = parameters;
  const { tokens, promptLength } = sequence;
  const answer = [...tokens.subarray(promptLength)];
  const { byBias, byBadWords, byMinTokens } = forbiddenTokens(parameters, sequence);
  const forbidden = new Set([...byBias, ...byBadWords, ...byMinTokens]);
  const adjusted: ByToken = {};
  for (const one of new Set([...tokens, ...logitBias.keys(), ...forbidden])) {
    const penalty = Math.fround(tokens.includes(one) ? repetitionPenalty : 1);
    let bias = logitBias.get(one) ?? 0;
    if (answer.includes(one)) bias -= presencePenalty;
    for (const other of answer) if (other === one) bias -= frequencyPenalty;
    if (forbidden.has(one)) bias = Number.NEGATIVE_INFINITY;
    if (penalty !== 1 || Math.fround(bias) !== 0) adjusted[one] = [penalty, Math.fround(bias)];
  }
  return adjusted;
}

describe('adjustments that are kept up to date', () => {
  it('are those of the definition, whatever was guessed in between, for all rows of a step at once', () => {
    fc.assert(
      fc.property(
        options,
        fc.array(token, { minLength: 1, maxLength: 8 }),
        fc.array(
          fc.record({ next: token, guesses: fc.array(token, { maxLength: 4 }), absorbed: fc.boolean() }),
          {
            maxLength: 30,
          },
        ),
        (asked, prompt, steps) => {
          const parameters = samplingParameters(asked);
          const kept = new TokenAdjustments(parameters);
          const text = [...prompt];
          const promptLength = prompt.length;
          for (const { next, guesses, absorbed } of steps) {
            const tokens = Int32Array.from([...text, ...guesses]);
            if (absorbed) kept.countTokens({ tokens, promptLength }, text.length - 1);
            const rows = Array.from({ length: guesses.length + 1 }, (_, drafts) => {
              const sequence = { tokens: tokens.subarray(0, text.length + drafts), promptLength };
              return { sequence, adjustments: kept.after(sequence, drafts) };
            });
            for (const { sequence, adjustments } of rows) {
              expect(byToken(adjustments)).toEqual(defined(parameters, sequence));
            }
            text.push(next);
          }
        },
      ),
      { numRuns: process.env.QUIRE_FULL === '1' ? 5000 : 200 },
    );
  }, 600_000);

  it('of a fork are those of the definition, whatever its parent has seen and however it is sampled', () => {
    const text = fc.array(token, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(options, options, fc.boolean(), text, text, (first, second, same, shared, own) => {
        const parentParameters = samplingParameters(first);
        const parameters = samplingParameters(same ? first : second);
        const promptLength = Math.ceil(shared.length / 2);
        const parent = new TokenAdjustments(parentParameters);
        parent.after({ tokens: Int32Array.from(shared), promptLength });
        const fork = new TokenAdjustments(parameters);
        fork.startFrom(parent, shared.length);
        parent.after({ tokens: Int32Array.from([...shared, 1, 2, 3]), promptLength }); // goes its own way
        const sequence = { tokens: Int32Array.from([...shared, ...own]), promptLength };
        expect(byToken(fork.after(sequence))).toEqual(defined(parameters, sequence));
      }),
      { numRuns: process.env.QUIRE_FULL === '1' ? 5000 : 200 },
    );
  }, 600_000);

  it('look at each token once: nothing reads the text again', () => {
    const parameters = samplingParameters({
      repetitionPenalty: 1.1,
      presencePenalty: 0.5,
      frequencyPenalty: 0.1,
    });
    const kept = new TokenAdjustments(parameters);
    let reads = 0;
    const watched = (length: number): Int32Array => {
      const tokens = Int32Array.from({ length }, (_, at) => (at * 7) % 50);
      return new Proxy(tokens, {
        get(target, name) {
          if (typeof name === 'string' && /^\d+$/.test(name)) reads++;
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    };
    kept.after({ tokens: watched(2000), promptLength: 1000 });
    expect(reads).toBe(2000);
    const fork = new TokenAdjustments(parameters);
    fork.startFrom(kept, 2000);
    fork.after({ tokens: watched(2000), promptLength: 1000 });
    expect(reads).toBe(2000);
    for (let length = 2001; length <= 2100; length++)
      kept.after({ tokens: watched(length), promptLength: 1000 });
    expect(reads).toBe(2100);
  });

  it('are read in place: a row copies nothing, and one that adds nothing is the same object', () => {
    const kept = new TokenAdjustments(samplingParameters({ repetitionPenalty: 1.1, badTokens: [[5, 6]] }));
    const tokens = Int32Array.of(1, 2, 3, 1, 5);
    const rowAt = (length: number): Adjustments =>
      kept.after({ tokens: tokens.subarray(0, length), promptLength: 1 });
    const [first, second, third] = [rowAt(2), rowAt(3), rowAt(4)];
    expect(second.adjustBias.buffer).toBe(first.adjustBias.buffer);
    expect(third).toBe(second); // its last token was there before
    expect(byToken(rowAt(5))[6]).toEqual([1, Number.NEGATIVE_INFINITY]);
  });

  it.each([
    ['a token beyond the vocabulary', {}, [1, 12]],
    ['a penalty that is 0 in single precision', { repetitionPenalty: 1e-50 }, [1]],
  ])('that no backend can use are refused with the row, not before: %s', (_name, asked, text) => {
    const parameters = { ...samplingParameters({ repetitionPenalty: 1.1 }), ...asked };
    const kept = new TokenAdjustments(parameters, VOCABULARY);
    const sequence = { tokens: Int32Array.from(text), promptLength: 1 };
    kept.countTokens(sequence, text.length);
    expect(() => kept.after(sequence)).toThrow(expect.objectContaining({ code: 'bad_option' }));
  });

  it('that no backend can use are refused for guesses, and forgotten with them', () => {
    const kept = new TokenAdjustments(samplingParameters({ repetitionPenalty: 1.1 }), VOCABULARY);
    const rowAfter = (text: number[], drafts: number): Adjustments =>
      kept.after({ tokens: Int32Array.from(text), promptLength: 1 }, drafts);
    expect(() => rowAfter([1, 99], 1)).toThrow(expect.objectContaining({ code: 'bad_option' }));
    expect(byToken(rowAfter([1, 2], 0))).toEqual({
      1: [Math.fround(1.1), 0],
      2: [Math.fround(1.1), 0],
    });
  });
});
