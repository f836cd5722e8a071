import { describe, expect, test } from 'vitest';
import { createOperationState, embedInput, runPlan } from '../../../../tests/support/models/run-operation.ts';
import { planOf, type SequencePart } from '../../../../tests/support/models/step-plans.ts';
import { randomTensor } from '../../../../tests/support/models/tensors.ts';
import { randomNumbers } from '../../../../tests/support/random.ts';
import type { StepState } from '../step-state.ts';

const [HEADS, KV_HEADS, HEAD_DIM, TOKENS] = [6, 2, 5, 12];
const WIDTH = HEADS * HEAD_DIM;
const KV_WIDTH = KV_HEADS * HEAD_DIM;
const SCALE = 1.7;

const random = randomNumbers(5);
const q = randomTensor('q', 'F32', [TOKENS, WIDTH], random);
const k = randomTensor('k', 'F32', [TOKENS, KV_WIDTH], random);
const v = randomTensor('v', 'F32', [TOKENS, KV_WIDTH], random);

function attentionState(blockSize: number, blocks = 12, window?: number, softCap?: number): StepState {
  const shape = {
    group: 0,
    layerInGroup: 1,
    heads: HEADS,
    kvHeads: KV_HEADS,
    headDim: HEAD_DIM,
    scale: SCALE,
    window,
    softCap,
  };
  return createOperationState(
    [q, k, v],
    (b) => b.attention(embedInput(b, q), embedInput(b, k), embedInput(b, v), shape),
    {
      kvGroup: { layers: [0, 1, 2], kvHeads: KV_HEADS, headDim: HEAD_DIM, keeps: 'all' },
      blockSize,
      blocks,
    },
  );
}

/** Returns the attention of the last of `tokens`, computed from the definition. [WIDTH] */
function expectedAttention(tokens: readonly number[], limit?: (score: number) => number): number[] {
  return Array.from({ length: WIDTH }, (_, element) => {
    const head = Math.floor(element / HEAD_DIM);
    const kvStart = Math.floor(head / (HEADS / KV_HEADS)) * HEAD_DIM;
    const weights = tokens.map((token) => {
      let score = 0;
      for (let i = 0; i < HEAD_DIM; i++) {
        const query = q.values[tokens.at(-1)! * WIDTH + head * HEAD_DIM + i]!;
        score += query * k.values[token * KV_WIDTH + kvStart + i]!;
      }
      return Math.exp(limit === undefined ? score * SCALE : limit(score * SCALE));
    });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const values = tokens.map((token) => v.values[token * KV_WIDTH + kvStart + (element % HEAD_DIM)]!);
    return values.reduce((sum, value, i) => sum + (value * weights[i]!) / total, 0);
  });
}

const PROMPT = [4, 0, 7, 7, 2, 11, 1];
const promptPart = (blocks: readonly number[]): SequencePart[] => [{ tokens: PROMPT, from: 0, blocks }];
const reference = runPlan(attentionState(16), planOf(promptPart([0])));

test('attention of a token reads all positions up to the token, uses a KV head for each group of query heads, and applies the scale', () => {
  PROMPT.forEach((_, t) => {
    const expected = expectedAttention(PROMPT.slice(0, t + 1));
    expected.forEach((value, i) => {
      expect(Math.abs(reference[t * WIDTH + i]! - value)).toBeLessThanOrEqual(1e-7);
    });
  });
});

test('with a limit, attention of a token uses scores between the limit and its negative', () => {
  const rows = runPlan(attentionState(16, 12, undefined, 0.4), planOf(promptPart([0])));
  PROMPT.forEach((_, t) => {
    const expected = expectedAttention(PROMPT.slice(0, t + 1), (score) => 0.4 * Math.tanh(score / 0.4));
    expected.forEach((value, i) => {
      expect(Math.abs(rows[t * WIDTH + i]! - value)).toBeLessThanOrEqual(1e-7);
    });
  });
});

test.each([1, 3, 7, 100])(
  'with a window of %i, attention of a token reads only the positions of the window',
  (window) => {
    const rows = runPlan(attentionState(4, 12, window), planOf(promptPart([5, 2])));
    PROMPT.forEach((_, t) => {
      const expected = expectedAttention(PROMPT.slice(Math.max(0, t + 1 - window), t + 1));
      expected.forEach((value, i) => {
        expect(Math.abs(rows[t * WIDTH + i]! - value)).toBeLessThanOrEqual(1e-7);
      });
    });
  },
);

test('attention with a window computes the same bits for any chunks and blocks', () => {
  const expected = runPlan(attentionState(16, 12, 3), planOf(promptPart([0])));
  const state = attentionState(2, 12, 3);
  const rows: number[] = [];
  for (let from = 0; from < PROMPT.length; from += 2) {
    const tokens = PROMPT.slice(0, from + 2);
    rows.push(...runPlan(state, planOf([{ tokens, from, blocks: [9, 1, 8, 0] }])));
  }
  expect(rows).toEqual([...expected]);
});

describe('attention computes the same bits', () => {
  test.each([1, 2, 3, 5, 7, 64])('for blocks of %i tokens in any order', (blockSize) => {
    const count = Math.ceil(PROMPT.length / blockSize);
    const blocks = Array.from({ length: count }, (_, i) => (i * 5 + 3) % 12);
    expect(runPlan(attentionState(blockSize), planOf(promptPart(blocks)))).toEqual(reference);
  });

  test.each([1, 2, 3, 6])('for chunks of %i tokens', (chunk) => {
    const state = attentionState(2);
    const rows: number[] = [];
    for (let from = 0; from < PROMPT.length; from += chunk) {
      const tokens = PROMPT.slice(0, from + chunk);
      rows.push(...runPlan(state, planOf([{ tokens, from, blocks: [9, 1, 8, 0] }])));
    }
    expect(rows).toEqual([...reference]);
  });

  test('for a sequence among other sequences', () => {
    const otherTokens = [3, 3, 5];
    const rows = runPlan(
      attentionState(3),
      planOf([
        { tokens: otherTokens, from: 0, blocks: [2] },
        { tokens: PROMPT, from: 0, blocks: [5, 0, 7] },
        { tokens: otherTokens.slice(1), from: 0, blocks: [3] },
      ]),
    );
    const start = otherTokens.length * WIDTH;
    expect(rows.slice(start, start + reference.length)).toEqual(reference);
  });

  test('in blocks that contain other keys and values', () => {
    const state = attentionState(4);
    runPlan(state, planOf([{ tokens: [6, 6, 6, 6, 6, 6, 6, 6], from: 0, blocks: [3, 4] }]));
    expect(runPlan(state, planOf(promptPart([4, 3])))).toEqual(reference);
  });
});

describe('copies of blocks', () => {
  test('are executed in order, before keys and values are stored', () => {
    const state = attentionState(4);
    runPlan(state, planOf([{ tokens: PROMPT.slice(0, 6), from: 0, blocks: [0, 1] }]));
    // Block 1 is copied to 2, then 2 to 3. In the same step, the first sequence stores other tokens in block 1, and the
    // second sequence continues from block 3, which must contain the original content of block 1.
    const plan = planOf(
      [
        { tokens: [...PROMPT.slice(0, 4), 9, 9, 9], from: 4, blocks: [0, 1] },
        { tokens: PROMPT, from: 6, blocks: [0, 3] },
      ],
      [1, 2, 2, 3],
    );
    expect(runPlan(state, plan).slice(3 * WIDTH)).toEqual(reference.slice(6 * WIDTH));
  });

  test('do not change the source block', () => {
    const state = attentionState(4);
    runPlan(state, planOf([{ tokens: PROMPT.slice(0, 6), from: 0, blocks: [0, 1] }]));
    runPlan(state, planOf([{ tokens: [...PROMPT.slice(0, 6), 9], from: 6, blocks: [0, 2] }], [1, 2]));
    const rows = runPlan(state, planOf([{ tokens: PROMPT, from: 6, blocks: [0, 1] }]));
    expect(rows).toEqual(reference.slice(6 * WIDTH));
  });
});
