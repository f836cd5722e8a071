// Encodes a step plan for the native backend: an array of 32-bit words and one of doubles. Executable::readPlan in
// native/src decodes it and checks every word.
//
//   words: T, S, R, maxBlocks, groups, wantLogits, adjustments; tokens [T], positions [T], queryStart [S + 1],
//     contextLength [S], of each group its block tables [S * maxBlocks], the number of its copies, and they as pairs;
//     logitsRows [R], of each row topK, logprobs (-1: none), its first adjustment and their count; adjusted tokens, then
//     the penalties and the biases of the adjustments as the bits of single-precision numbers
//   numbers: of each row temperature, topP, minP, typicalP, uniform
//
// There may be as many adjustments as a text has distinct tokens, so they are copied unchanged, with three memory
// copies.

import { SELECTION_OUTCOMES, type TokenLogprob, type TokenLogprobs } from '../../base/step/selection.ts';
import type { StepPlan, StepResult } from '../../base/step/step-plan.ts';

export interface PlanWords {
  readonly words: Int32Array;
  readonly numbers: Float64Array;
}

/** The result of the native backend for a plan. */
export interface NativeResult {
  readonly tokens: Int32Array; // [R]
  readonly outcomes: Int32Array; // [R]
  readonly stepMs: number;
  /** for each row that requests them: of its token, then of the likeliest ones */
  readonly logprobs?: Float64Array;
  /** for each row that requests them: ids of the likeliest, then -1 if fewer tokens are possible */
  readonly likeliest?: Int32Array;
  readonly logits?: Float32Array;
}

const HEAD = 7;
const ROW_WORDS = 4;
const ROW_NUMBERS = 5;

export function planWords(plan: StepPlan): PlanWords {
  const { tokens, positions, queryStart, contextLength, blockTable, copies, logitsRows, selection } = plan;
  const adjustments = selection.reduce((sum, { adjustTokens }) => sum + adjustTokens.length, 0);
  const blocks = blockTable.flatMap((table, group) => {
    const pairs = copies[group]!;
    return [table, Int32Array.of(pairs.length / 2), pairs];
  });
  const arrays = [tokens, positions, queryStart, contextLength, ...blocks, logitsRows];
  const before = arrays.reduce((sum, array) => sum + array.length, HEAD);
  const firstAdjustment = before + selection.length * ROW_WORDS;
  const words = new Int32Array(firstAdjustment + 3 * adjustments);
  const numbers = new Float64Array(selection.length * ROW_NUMBERS);
  words.set([
    ...[tokens.length, contextLength.length, logitsRows.length, plan.maxBlocks],
    ...[blockTable.length, plan.wantLogits ? 1 : 0, adjustments],
  ]);
  let at = HEAD;
  for (const array of arrays) {
    words.set(array, at);
    at += array.length;
  }
  const adjustTokens = words.subarray(firstAdjustment, firstAdjustment + adjustments);
  const values = new Float32Array(words.buffer, 4 * (firstAdjustment + adjustments), 2 * adjustments);
  let adjusted = 0;
  selection.forEach((row, r) => {
    const count = row.adjustTokens.length;
    words.set([row.topK, row.logprobs ?? -1, adjusted, count], before + r * ROW_WORDS);
    numbers.set([row.temperature, row.topP, row.minP, row.typicalP, row.uniform], r * ROW_NUMBERS);
    adjustTokens.set(row.adjustTokens, adjusted);
    values.set(row.adjustPenalty, adjusted);
    values.set(row.adjustBias, adjustments + adjusted);
    adjusted += count;
  });
  return { words, numbers };
}

export function stepResult(plan: StepPlan, result: NativeResult): StepResult {
  const outcomes = Array.from(result.outcomes, (outcome) => SELECTION_OUTCOMES[outcome]!);
  let probability = 0;
  let rank = 0;
  const logprobs = plan.selection.map(({ logprobs: count }, r) => {
    if (count === undefined) return undefined;
    const one = logprobsAt(result, r, count, probability, rank);
    probability += 1 + count;
    rank += count;
    return outcomes[r] === 'chosen' ? one : undefined;
  });
  const { tokens, logits, stepMs } = result;
  return { selected: tokens, outcomes, logprobs, ...(logits === undefined ? {} : { logits }), stepMs };
}

function logprobsAt(
  { tokens, logprobs, likeliest }: NativeResult,
  row: number,
  count: number,
  probability: number,
  rank: number,
): TokenLogprobs {
  const top: TokenLogprob[] = [];
  for (let i = 0; i < count && likeliest![rank + i]! >= 0; i++)
    top.push({ token: likeliest![rank + i]!, logprob: logprobs![probability + 1 + i]! });
  return { token: tokens[row]!, logprob: logprobs![probability]!, top };
}
