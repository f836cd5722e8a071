// Encodes a step plan for compiled kernels as an array of 32-bit words and an array of doubles. `Executable::readPlan` in
// native/src/plan.cpp decodes the plan and checks every word.
//
//   words: T, S, R, maxBlocks, number of layer groups, wantLogits, number of adjustments, V
//     tokens [T], positions [T], queryStart [S + 1], contextLength [S], adapter [S]
//     for each layer group: block tables [S * maxBlocks], number of copies, copies [source, target]
//     logitsRows [R], vectorRows [V]
//     for each row: topK, logprobs (-1: none), index of its first adjustment, number of its adjustments
//     tokens, then penalties, then biases of all adjustments; penalties and biases are single-precision numbers
//   doubles: for each row: temperature, topP, minP, typicalP, uniform
//
// A text can cause as many adjustments as it has distinct tokens, so the adjustments of a row are copied as three arrays.

import { omitUndefined } from '../../base/omit-undefined.ts';
import { SELECTION_OUTCOMES, type TokenLogprob, type TokenLogprobs } from '../../base/step/selection.ts';
import type { StepPlan, StepResult } from '../../base/step/step-plan.ts';

export interface PlanWords {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
}

/** The result of compiled kernels for a plan. */
export interface CompiledResult {
  readonly tokens: Int32Array; // [R]
  readonly outcomes: Int32Array; // [R]
  readonly stepMs: number;
  /** for each row that requests log-probabilities: that of the chosen token, then those of the most probable tokens */
  readonly logprobs?: Float64Array;
  /** for each row that requests log-probabilities: the most probable tokens, padded with -1 if fewer tokens are possible */
  readonly likeliest?: Int32Array;
  readonly logits?: Float32Array;
  readonly vectors?: Float32Array;
}

const NO_ROWS = new Int32Array(0);
const HEADER_WORDS = 8;
const ROW_WORDS = 4;
const ROW_DOUBLES = 5;

/** Returns the encoded plan. */
export function planWords(plan: StepPlan): PlanWords {
  const { tokens, positions, queryStart, contextLength, adapter } = plan;
  const { blockTable, copies, logitsRows, vectorRows = NO_ROWS, selection } = plan;
  const adjustments = selection.reduce((sum, { adjustTokens }) => sum + adjustTokens.length, 0);
  const blocks = blockTable.flatMap((table, group) => {
    const groupCopies = copies[group]!;
    return [table, Int32Array.of(groupCopies.length / 2), groupCopies];
  });
  const arrays = [tokens, positions, queryStart, contextLength, adapter, ...blocks, logitsRows, vectorRows];
  const rowsStart = arrays.reduce((sum, array) => sum + array.length, HEADER_WORDS);
  const firstAdjustment = rowsStart + selection.length * ROW_WORDS;
  const words = new Int32Array(firstAdjustment + 3 * adjustments);
  const doubles = new Float64Array(selection.length * ROW_DOUBLES);
  words.set([
    ...[tokens.length, contextLength.length, logitsRows.length, plan.maxBlocks],
    ...[blockTable.length, plan.wantLogits ? 1 : 0, adjustments, vectorRows.length],
  ]);
  let offset = HEADER_WORDS;
  for (const array of arrays) {
    words.set(array, offset);
    offset += array.length;
  }
  const adjustTokens = words.subarray(firstAdjustment, firstAdjustment + adjustments);
  const penaltiesAndBiases = new Float32Array(
    words.buffer,
    4 * (firstAdjustment + adjustments),
    2 * adjustments,
  );
  let adjustmentIndex = 0;
  selection.forEach((row, r) => {
    const count = row.adjustTokens.length;
    words.set([row.topK, row.logprobs ?? -1, adjustmentIndex, count], rowsStart + r * ROW_WORDS);
    doubles.set([row.temperature, row.topP, row.minP, row.typicalP, row.uniform], r * ROW_DOUBLES);
    adjustTokens.set(row.adjustTokens, adjustmentIndex);
    penaltiesAndBiases.set(row.adjustPenalty, adjustmentIndex);
    penaltiesAndBiases.set(row.adjustBias, adjustments + adjustmentIndex);
    adjustmentIndex += count;
  });
  return { words, doubles };
}

/** Converts the result of compiled kernels. */
export function stepResult(plan: StepPlan, result: CompiledResult): StepResult {
  const outcomes = Array.from(result.outcomes, (outcome) => SELECTION_OUTCOMES[outcome]!);
  let logprobIndex = 0;
  let topIndex = 0;
  const logprobs = plan.selection.map(({ logprobs: count }, r) => {
    if (count === undefined) return undefined;
    const tokenLogprobs = logprobsAt(result, r, count, logprobIndex, topIndex);
    logprobIndex += 1 + count;
    topIndex += count;
    return outcomes[r] === 'chosen' ? tokenLogprobs : undefined;
  });
  const { tokens, logits, vectors, stepMs } = result;
  return { selected: tokens, outcomes, logprobs, ...omitUndefined({ logits, vectors }), stepMs };
}

function logprobsAt(
  { tokens, logprobs, likeliest }: CompiledResult,
  row: number,
  count: number,
  logprobIndex: number,
  topIndex: number,
): TokenLogprobs {
  const top: TokenLogprob[] = [];
  for (let i = 0; i < count && likeliest![topIndex + i]! >= 0; i++)
    top.push({ token: likeliest![topIndex + i]!, logprob: logprobs![logprobIndex + 1 + i]! });
  return { token: tokens[row]!, logprob: logprobs![logprobIndex]!, top };
}
