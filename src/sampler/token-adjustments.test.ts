// Adjustments that are updated token by token equal those computed from the whole text, to the bit, whatever tokens were
// counted when and whatever was drafted in between. The cost per token does not depend on the length of the text.

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

/** Penalty and bias by token; the order is irrelevant. */
type ByToken = Record<number, readonly [penalty: number, bias: number]>;

function byToken({ adjustTokens, adjustPenalty, adjustBias }: Adjustments): ByToken {
  expect(new Set(adjustTokens).size).toBe(adjustTokens.length);
  const entries = Array.from(
    adjustTokens,
    (one, at) => [one, [adjustPenalty[at]!, adjustBias[at]!]] as const,
  );
  // A slot without effect is equivalent to none.
  return Object.fromEntries(entries.filter(([, [penalty, bias]]) => penalty !== 1 || bias !== 0));
}

/** The definition: computes the adjustments from the whole text. */
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

describe('incremental adjustments', () => {
  it('equal the definition for all rows of a step, whatever was drafted in between', () => {
    fc.assert(
      fc.property(
        options,
        fc.array(token, { minLength: 1, maxLength: 8 }),
        fc.array(
          fc.record({ next: token, draftTokens: fc.array(token, { maxLength: 4 }), absorbed: fc.boolean() }),
          {
            maxLength: 30,
          },
        ),
        (asked, prompt, steps) => {
          const parameters = samplingParameters(asked);
          const incremental = new TokenAdjustments(parameters);
          const text = [...prompt];
          const promptLength = prompt.length;
          for (const { next, draftTokens, absorbed } of steps) {
            const tokens = Int32Array.from([...text, ...draftTokens]);
            if (absorbed) incremental.countTokens({ tokens, promptLength }, text.length - 1);
            const rows = Array.from({ length: draftTokens.length + 1 }, (_, drafts) => {
              const sequence = { tokens: tokens.subarray(0, text.length + drafts), promptLength };
              return { sequence, adjustments: incremental.after(sequence, drafts) };
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

  it('of a fork equal the definition, whatever the state and options of its parent', () => {
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
        parent.after({ tokens: Int32Array.from([...shared, 1, 2, 3]), promptLength }); // the parent continues independently
        const sequence = { tokens: Int32Array.from([...shared, ...own]), promptLength };
        expect(byToken(fork.after(sequence))).toEqual(defined(parameters, sequence));
      }),
      { numRuns: process.env.QUIRE_FULL === '1' ? 5000 : 200 },
    );
  }, 600_000);

  it('read each token once', () => {
    const parameters = samplingParameters({
      repetitionPenalty: 1.1,
      presencePenalty: 0.5,
      frequencyPenalty: 0.1,
    });
    const incremental = new TokenAdjustments(parameters);
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
    incremental.after({ tokens: watched(2000), promptLength: 1000 });
    expect(reads).toBe(2000);
    const fork = new TokenAdjustments(parameters);
    fork.startFrom(incremental, 2000);
    fork.after({ tokens: watched(2000), promptLength: 1000 });
    expect(reads).toBe(2000);
    for (let length = 2001; length <= 2100; length++)
      incremental.after({ tokens: watched(length), promptLength: 1000 });
    expect(reads).toBe(2100);
  });

  it('are not copied for a row; a row without changes is the same object', () => {
    const incremental = new TokenAdjustments(
      samplingParameters({ repetitionPenalty: 1.1, badTokens: [[5, 6]] }),
    );
    const tokens = Int32Array.of(1, 2, 3, 1, 5);
    const rowAt = (length: number): Adjustments =>
      incremental.after({ tokens: tokens.subarray(0, length), promptLength: 1 });
    const [first, second, third] = [rowAt(2), rowAt(3), rowAt(4)];
    expect(second.adjustBias.buffer).toBe(first.adjustBias.buffer);
    expect(third).toBe(second); // its last token occurred before
    expect(byToken(rowAt(5))[6]).toEqual([1, Number.NEGATIVE_INFINITY]);
  });

  it.each([
    ['a token outside the vocabulary', {}, [1, 12]],
    ['a penalty that is 0 in single precision', { repetitionPenalty: 1e-50 }, [1]],
  ])('are rejected when the row is created, not before, if they are invalid: %s', (_name, asked, text) => {
    const parameters = { ...samplingParameters({ repetitionPenalty: 1.1 }), ...asked };
    const incremental = new TokenAdjustments(parameters, VOCABULARY);
    const sequence = { tokens: Int32Array.from(text), promptLength: 1 };
    incremental.countTokens(sequence, text.length);
    expect(() => incremental.after(sequence)).toThrow(expect.objectContaining({ code: 'bad_option' }));
  });

  it('that are invalid because of drafts are rejected, and dropped with the drafts', () => {
    const incremental = new TokenAdjustments(samplingParameters({ repetitionPenalty: 1.1 }), VOCABULARY);
    const rowAfter = (text: number[], drafts: number): Adjustments =>
      incremental.after({ tokens: Int32Array.from(text), promptLength: 1 }, drafts);
    expect(() => rowAfter([1, 99], 1)).toThrow(expect.objectContaining({ code: 'bad_option' }));
    expect(byToken(rowAfter([1, 2], 0))).toEqual({
      1: [Math.fround(1.1), 0],
      2: [Math.fround(1.1), 0],
    });
  });
});
