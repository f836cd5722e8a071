// Turns what a caller asked for into what the backend's `select` needs for one row of logits. Whatever depends on
// the tokens so far becomes an adjustment of single tokens, each token at most once:
//
//   prompt [7, 5], answer so far [5, 9], repetition penalty 1.5, presence 0.5, frequency 0.25, bias {9: 2},
//   bad sequence [9, 4]
//   adjustTokens   [   7,   5,    9,         4]
//   adjustPenalty  [ 1.5, 1.5,  1.5,         1]   on each token of prompt and answer
//   adjustBias     [   0, -.75, 1.25, -Infinity]   presence and frequency on tokens of the answer only

import type { SelectionRow } from '../base/selection.ts';
import { uniform } from '../base/uniform.ts';
import { forbiddenTokens, type SampledSequence } from './forbidden-tokens.ts';
import type { SamplingParameters } from './parameters.ts';

/** @param choice which of several parallel samples of the prompt, from 0 */
export function selectionRow(
  parameters: SamplingParameters,
  sequence: SampledSequence,
  choice: number,
): SelectionRow {
  const { temperature, topK, topP, minP, typicalP, repetitionPenalty, seed, logprobs } = parameters;
  const penalized = new Set<number>(repetitionPenalty === 1 ? [] : sequence.tokens);
  const biases = biasesOf(parameters, sequence);
  const adjustTokens = Int32Array.from(new Set([...penalized, ...biases.keys()]));
  const penaltyOf = (token: number): number => (penalized.has(token) ? repetitionPenalty : 1);
  return {
    adjustTokens,
    adjustPenalty: Float32Array.from(adjustTokens, penaltyOf),
    adjustBias: Float32Array.from(adjustTokens, (token) => biases.get(token) ?? 0),
    temperature,
    topK,
    topP,
    minP,
    typicalP,
    uniform: temperature === 0 ? 0 : uniform(seed, choice, sequence.tokens.length),
    logprobs,
  };
}

// What is added to each token's logit, by token: the penalties of OpenAI and vLLM, which see the answer and not
// the prompt, and the caller's biases; minus infinity where the token is forbidden.
function biasesOf(parameters: SamplingParameters, sequence: SampledSequence): Map<number, number> {
  const { presencePenalty, frequencyPenalty, logitBias } = parameters;
  const biases = new Map(logitBias);
  const add = (token: number, bias: number): Map<number, number> =>
    biases.set(token, (biases.get(token) ?? 0) + bias);
  if (presencePenalty !== 0 || frequencyPenalty !== 0) {
    const generated = sequence.tokens.subarray(sequence.promptLength);
    for (const token of new Set(generated)) add(token, -presencePenalty);
    for (const token of generated) add(token, -frequencyPenalty);
  }
  for (const tokens of Object.values(forbiddenTokens(parameters, sequence))) {
    for (const token of tokens) biases.set(token, Number.NEGATIVE_INFINITY);
  }
  return biases;
}
