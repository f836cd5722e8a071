// select: defines how the next token is chosen from a row of logits, in this order:
// 1. adjust: the repetition penalty (divides a positive logit, multiplies a negative one), then the sum of presence
//    penalty, frequency penalty and logit bias; -Infinity if a bad word or `minTokens` forbids the token;
// 2. temperature 0: select the largest logit, the lowest id among equals, and stop;
// 3. divide by the temperature, then cut: top-k, top-p, min-p, typical-p (distribution.ts);
// 4. draw: the first token, in order of id, whose cumulative probability exceeds `uniform`.
// The order is that of Hugging Face transformers; docs/sampling.md describes each option.

import type { SelectionFailure, SelectionRow, TokenLogprobs } from '../../base/step/selection.ts';
import { type Distribution, distribution } from './distribution.ts';
import { logProbabilities } from './log-probabilities.ts';

export type Selection =
  | { readonly outcome: 'chosen'; readonly token: number; readonly logprobs: TokenLogprobs | undefined }
  | { readonly outcome: SelectionFailure };

/** @param logits [vocabSize], not modified */
export function select(logits: Float32Array, row: SelectionRow): Selection {
  const choices = distribution(logits, row);
  if (typeof choices === 'string') return { outcome: choices };
  const token = draw(choices, row.uniform);
  const logprobs = row.logprobs === undefined ? undefined : logProbabilities(logits, token, row.logprobs);
  return { outcome: 'chosen', token, logprobs };
}

function draw({ ids, probabilities }: Distribution, uniform: number): number {
  let reached = 0;
  for (let i = 0; i < ids.length; i++) {
    reached += probabilities[i]!;
    if (reached > uniform) return ids[i]!;
  }
  return ids.at(-1)!; // the sum fell short of 1 by rounding
}
