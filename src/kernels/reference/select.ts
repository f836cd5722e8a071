// Defines how the next token is chosen from a row of logits, in this order:
// 1. Adjustments: the repetition penalty divides positive logits and multiplies negative logits; then the presence penalty, the
//    frequency penalty and the logit bias are added. Tokens that bad words or `minTokens` forbid get -Infinity.
// 2. If the temperature is 0, the token with the largest logit is chosen; among equal logits, the lowest id.
// 3. Otherwise, logits are divided by the temperature, and top-k, top-p, min-p and typical-p exclude tokens (distribution.ts).
// 4. The first token, in order of id, whose cumulative probability exceeds `uniform` is chosen.
// The order is that of Hugging Face transformers. docs/sampling.md describes each option.

import type { SelectionFailure, SelectionRow, TokenLogprobs } from '../../base/step/selection.ts';
import { type Distribution, distribution } from './distribution.ts';
import { logProbabilities } from './log-probabilities.ts';

export type Selection =
  | { readonly outcome: 'chosen'; readonly token: number; readonly logprobs: TokenLogprobs | undefined }
  | { readonly outcome: SelectionFailure };

/**
 * Chooses a token.
 * @param logits [vocabSize], not modified
 */
export function select(logits: Float32Array, row: SelectionRow): Selection {
  const candidates = distribution(logits, row);
  if (typeof candidates === 'string') return { outcome: candidates };
  const token = drawToken(candidates, row.uniform);
  const logprobs = row.logprobs === undefined ? undefined : logProbabilities(logits, token, row.logprobs);
  return { outcome: 'chosen', token, logprobs };
}

function drawToken({ ids, probabilities }: Distribution, uniform: number): number {
  let reached = 0;
  for (let i = 0; i < ids.length; i++) {
    reached += probabilities[i]!;
    if (reached > uniform) return ids[i]!;
  }
  return ids.at(-1)!; // the sum of the probabilities is less than 1 because of rounding
}
