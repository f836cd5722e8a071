// Log-probabilities of a row of the model's logits, before penalties, biases, temperature and cuts: they do not
// depend on the sampling options. log-softmax in f64.

import type { TokenLogprob, TokenLogprobs } from '../../base/step/selection.ts';

/**
 * @param logits [vocabSize], none of them NaN and at least one finite
 * @param count number of likeliest tokens to report; impossible tokens are omitted
 */
export function logProbabilities(logits: Float32Array, token: number, count: number): TokenLogprobs {
  const best = likeliest(logits, Math.max(1, count));
  const largest = logits[best[0]!]!;
  let total = 0; // of exp(z - largest), which cannot overflow
  for (const logit of logits) total += Math.exp(logit - largest);
  const logTotal = Math.log(total);
  const of = (id: number): TokenLogprob => ({ token: id, logprob: logits[id]! - largest - logTotal });
  return { ...of(token), top: best.slice(0, count).map(of) };
}

// Largest first, lower ids first among equals; `count` is at least 1 and small.
function likeliest(logits: Float32Array, count: number): number[] {
  const best: number[] = [];
  const least = (): number => (best.length < count ? Number.NEGATIVE_INFINITY : logits[best.at(-1)!]!);
  for (let id = 0; id < logits.length; id++) {
    if (!(logits[id]! > least())) continue;
    const position = best.findIndex((other) => logits[other]! < logits[id]!);
    best.splice(position < 0 ? best.length : position, 0, id);
    if (best.length > count) best.pop();
  }
  return best;
}
