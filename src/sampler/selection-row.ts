// Turns what a caller asked for into what the backend's `select` needs for one row of logits.

import type { SelectionRow } from '../base/selection.ts';
import { uniform } from '../base/uniform.ts';
import type { SamplingParameters } from './parameters.ts';

/**
 * @param tokens of the sequence so far, prompt included: the repetition penalty falls on each of them once
 * @param choice which of several parallel samples of the prompt, from 0
 */
export function selectionRow(
  parameters: SamplingParameters,
  tokens: Int32Array,
  choice: number,
): SelectionRow {
  const { temperature, topK, topP, repetitionPenalty, seed } = parameters;
  const penalized = repetitionPenalty === 1 ? new Int32Array(0) : Int32Array.from(new Set(tokens));
  return {
    adjustTokens: penalized,
    adjustPenalty: new Float32Array(penalized.length).fill(repetitionPenalty),
    adjustBias: new Float32Array(penalized.length),
    temperature,
    topK,
    topP,
    uniform: temperature === 0 ? 0 : uniform(seed, choice, tokens.length),
  };
}
