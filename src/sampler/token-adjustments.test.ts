// Kept up to date token by token, the adjustments are those of a fresh look at the whole text, to the bit: whatever
// was absorbed when, and whatever was guessed in between. And a token costs the same however long the text is.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SamplingOptions } from '../completion/sampling-options.ts';
import { samplingParameters } from './parameters.ts';
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

/** By token, since the order means nothing. */
function byToken({ adjustTokens, adjustPenalty, adjustBias }: Adjustments): object {
  expect(new Set(adjustTokens).size).toBe(adjustTokens.length);
  const entries = Array.from(adjustTokens, (one, at) => [one, [adjustPenalty[at], adjustBias[at]]] as const);
  // A slot that changes nothing is as good as none.
  return Object.fromEntries(entries.filter(([, [penalty, bias]]) => penalty !== 1 || bias !== 0));
}

describe('adjustments that are kept up to date', () => {
  it('are those of a fresh look, whatever was guessed in between', () => {
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
            if (absorbed) kept.absorb({ tokens, promptLength }, text.length - 1);
            for (let drafts = 0; drafts <= guesses.length; drafts++) {
              const sequence = { tokens: tokens.subarray(0, text.length + drafts), promptLength };
              const fresh = new TokenAdjustments(parameters).after(sequence);
              expect(byToken(kept.after(sequence, drafts))).toEqual(byToken(fresh));
            }
            text.push(next);
          }
        },
      ),
      { numRuns: process.env.QUIRE_FULL === '1' ? 5000 : 200 },
    );
  }, 600_000);

  it('of a fork are those of a fresh look, whatever its parent has seen and however it is sampled', () => {
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
        const fresh = new TokenAdjustments(parameters).after(sequence);
        expect(byToken(fork.after(sequence))).toEqual(byToken(fresh));
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
});
