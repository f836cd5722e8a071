// Computes the log-probabilities of tokens from a row of logits, as a log-softmax in f64. Penalties, biases, temperature and
// excluded tokens are not applied, so the results do not depend on the sampling options.

import type { TokenLogprob, TokenLogprobs } from '../../base/step/selection.ts';

/**
 * Returns the log-probabilities of `token` and of the most probable tokens.
 * @param logits [vocabSize], without NaN, with at least one finite number
 * @param count number of most probable tokens to report; tokens with probability 0 are not reported
 */
export function logProbabilities(logits: Float32Array, token: number, count: number): TokenLogprobs {
  const best = mostProbable(logits, Math.max(1, count));
  const largest = logits[best[0]!]!;
  let total = 0; // sum of exp(logit - largest), which cannot overflow
  for (const logit of logits) total += Math.exp(logit - largest);
  const logTotal = Math.log(total);
  const logprobOf = (id: number): TokenLogprob => ({ token: id, logprob: logits[id]! - largest - logTotal });
  return { ...logprobOf(token), top: best.slice(0, count).map(logprobOf) };
}

// Returns the ids of the `count` largest logits, the largest first; among equal logits, lower ids come first. `count` is at
// least 1 and small.
function mostProbable(logits: Float32Array, count: number): number[] {
  const best: number[] = [];
  const threshold = (): number => (best.length < count ? Number.NEGATIVE_INFINITY : logits[best.at(-1)!]!);
  for (let id = 0; id < logits.length; id++) {
    if (!(logits[id]! > threshold())) continue;
    const position = best.findIndex((other) => logits[other]! < logits[id]!);
    best.splice(position < 0 ? best.length : position, 0, id);
    if (best.length > count) best.pop();
  }
  return best;
}
