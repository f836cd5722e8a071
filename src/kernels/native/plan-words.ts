// A step plan as the native backend reads it: one array of words and one of numbers. Executable::readPlan in
// native/src has the other end, which checks every word.
//
//   words: T, S, R, copies, maxBlocks, groups, wantLogits, adjustments; tokens [T], positions [T],
//     queryStart [S + 1], contextLength [S], block tables [groups][S * maxBlocks], copies, logitsRows [R],
//     of each row topK, logprobs (-1: none), its first adjustment and their count; adjusted tokens
//   numbers: of each row temperature, topP, minP, typicalP, uniform; penalties, biases of the adjustments

import { SELECTION_OUTCOMES, type TokenLogprob, type TokenLogprobs } from '../../base/selection.ts';
import type { StepPlan, StepResult } from '../../base/step-plan.ts';

export interface PlanWords {
  readonly words: Int32Array;
  readonly numbers: Float64Array;
}

/** What the native backend gives for a plan. */
export interface NativeResult {
  readonly tokens: Int32Array; // [R]
  readonly outcomes: Int32Array; // [R]
  readonly stepMs: number;
  /** of each row that asks: of its token, then of the likeliest */
  readonly logprobs?: Float64Array;
  /** of each row that asks: the likeliest, -1 beyond those that are possible */
  readonly likeliest?: Int32Array;
  readonly logits?: Float32Array;
}

const HEAD = 8;
const ROW_WORDS = 4;
const ROW_NUMBERS = 5;

export function planWords(plan: StepPlan): PlanWords {
  const { tokens, positions, queryStart, contextLength, blockTable, copies, logitsRows, selection } = plan;
  const adjustments = selection.reduce((sum, { adjustTokens }) => sum + adjustTokens.length, 0);
  const arrays = [tokens, positions, queryStart, contextLength, ...blockTable, copies, logitsRows];
  const before = arrays.reduce((sum, array) => sum + array.length, HEAD);
  const words = new Int32Array(before + selection.length * ROW_WORDS + adjustments);
  const numbers = new Float64Array(selection.length * ROW_NUMBERS + 2 * adjustments);
  words.set([
    ...[tokens.length, contextLength.length, logitsRows.length, copies.length / 2, plan.maxBlocks],
    ...[blockTable.length, plan.wantLogits ? 1 : 0, adjustments],
  ]);
  let at = HEAD;
  for (const array of arrays) {
    words.set(array, at);
    at += array.length;
  }
  let adjusted = 0;
  const firstPenalty = selection.length * ROW_NUMBERS;
  selection.forEach((row, r) => {
    const count = row.adjustTokens.length;
    words.set([row.topK, row.logprobs ?? -1, adjusted, count], before + r * ROW_WORDS);
    numbers.set([row.temperature, row.topP, row.minP, row.typicalP, row.uniform], r * ROW_NUMBERS);
    words.set(row.adjustTokens, before + selection.length * ROW_WORDS + adjusted);
    numbers.set(row.adjustPenalty, firstPenalty + adjusted);
    numbers.set(row.adjustBias, firstPenalty + adjustments + adjusted);
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
