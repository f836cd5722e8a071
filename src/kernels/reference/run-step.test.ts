// Tests that the bits of the logits of small models do not depend on chunks, batches or blocks.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planOf, type SequencePart } from '../../../tests/support/models/step-plans.ts';
import { TinyModel } from '../../../tests/support/models/tiny-model.ts';
import { randomInteger, randomNumbers, shuffledIndexes } from '../../../tests/support/random.ts';
import { runStep } from './run-step.ts';
import type { StepState } from './step-state.ts';

const MODELS = {
  'llama Q8_0, int8 activations': new TinyModel('llama', 'Q8_0', 'int8'),
  'llama Q8_0, float activations': new TinyModel('llama', 'Q8_0'),
  'gpt2 F16': new TinyModel('gpt2', 'F16'),
};

const VOCABULARY = 20;
const bytesOf = (row: Float32Array): Buffer => Buffer.from(row.buffer, row.byteOffset, row.byteLength);

function rowsOf(state: StepState, parts: readonly SequencePart[]): Buffer[] {
  const { logits } = runStep(state, planOf(parts));
  const rows = logits!.length / VOCABULARY;
  return Array.from({ length: rows }, (_, r) => bytesOf(logits!.slice(r * VOCABULARY, (r + 1) * VOCABULARY)));
}

const sequences = fc.array(
  fc.array(fc.integer({ min: 0, max: VOCABULARY - 1 }), { minLength: 1, maxLength: 24 }),
  { minLength: 1, maxLength: 3 },
);

describe.each(Object.entries(MODELS))('%s', (_name, model) => {
  test('computes the same bits for a sequence alone in one step and for any chunks, batches and blocks', () => {
    fc.assert(
      fc.property(sequences, fc.integer({ min: 1, max: 9 }), fc.nat(), (list, blockSize, seed) => {
        const expected = list.map((tokens) => rowsOf(model.state(32, 1), [{ tokens, from: 0, blocks: [0] }]));
        expect(computeInChunks(list, blockSize, seed)).toEqual(expected);
      }),
      { numRuns: 12 },
    );
  });

  // Each step computes a random number of tokens of each unfinished sequence.
  function computeInChunks(list: readonly number[][], blockSize: number, seed: number): Buffer[][] {
    const random = randomNumbers(seed);
    const perSequence = Math.ceil(24 / blockSize);
    const blocks = shuffledIndexes(perSequence * list.length, random);
    const state = model.state(blockSize, blocks.length);
    const computed = list.map(() => 0);
    const rows = list.map((): Buffer[] => []);
    while (list.some((tokens, s) => computed[s]! < tokens.length)) {
      const scheduled = list.flatMap((tokens, s) => {
        const count = Math.min(randomInteger(random, 8), tokens.length - computed[s]!);
        return count === 0 ? [] : [{ s, count }];
      });
      if (scheduled.length === 0) continue;
      const parts = scheduled.map(({ s, count }) => ({
        tokens: list[s]!.slice(0, computed[s]! + count),
        from: computed[s]!,
        blocks: blocks.slice(s * perSequence, (s + 1) * perSequence),
      }));
      const results = rowsOf(state, parts);
      for (const { s, count } of scheduled) {
        rows[s]!.push(...results.splice(0, count));
        computed[s]! += count;
      }
    }
    return rows;
  }

  test('computes different logits after a change of the first token', () => {
    const tokens = Array.from({ length: 20 }, (_, i) => i);
    const lastLogits = (list: number[]): Buffer =>
      rowsOf(model.state(4, 5), [{ tokens: list, from: 0, blocks: [4, 2, 0, 1, 3] }]).at(-1)!;
    expect(lastLogits([5, ...tokens.slice(1)]).equals(lastLogits(tokens))).toBe(false);
  });
});

test('runStep returns logits only on request, and greedy selection chooses the token with the largest logit', () => {
  const model = MODELS['gpt2 F16'];
  const plan = planOf([{ tokens: [1, 2, 3], from: 0, blocks: [0] }]);
  const { logits, selected } = runStep(model.state(16, 1), plan);
  expect(runStep(model.state(16, 1), { ...plan, wantLogits: false })).not.toHaveProperty('logits');
  const last = logits!.slice(2 * VOCABULARY);
  expect(selected[2]).toBe(last.indexOf(Math.max(...last)));
});

test('runStep reports a row without allowed tokens, which does not change the chosen tokens of other rows', () => {
  const model = MODELS['gpt2 F16'];
  const plan = planOf([{ tokens: [1, 2, 3], from: 0, blocks: [0] }]);
  const { selected } = runStep(model.state(16, 1), plan);
  const everyToken = Int32Array.from({ length: VOCABULARY }, (_, id) => id);
  const noTokenAllowed = {
    ...plan.selection[1]!,
    adjustTokens: everyToken,
    adjustPenalty: new Float32Array(VOCABULARY).fill(1),
    adjustBias: new Float32Array(VOCABULARY).fill(Number.NEGATIVE_INFINITY),
  };
  const withLogprobs = { ...plan.selection[2]!, logprobs: 2 };
  const result = runStep(model.state(16, 1), {
    ...plan,
    selection: [plan.selection[0]!, noTokenAllowed, withLogprobs],
  });
  expect(result.outcomes).toEqual(['chosen', 'no_token_allowed', 'chosen']);
  expect([result.selected[0], result.selected[2]]).toEqual([selected[0], selected[2]]);
  expect(result.logprobs).toEqual([undefined, undefined, expect.objectContaining({ token: selected[2] })]);
});
