// Computes the distribution from which the next token is drawn: logits are adjusted, tokens are excluded, and the weights of
// the other tokens are normalized. The function is separate from `select`, so that tests can compare distributions with
// those of transformers. top-p, min-p and typical-p set weights to zero, each on the result of the previous one.

import type { SelectionFailure, SelectionRow } from '../../base/step/selection.ts';

export interface Distribution {
  /** ids of the tokens that can be drawn, in ascending order. [K] */
  readonly ids: Int32Array;
  /** probabilities of these tokens; the sum is 1, except for rounding. [K] */
  readonly probabilities: Float64Array;
}

/**
 * Returns the distribution, or the reason why no token can be chosen.
 * @param logits [vocabSize], not modified
 */
export function distribution(logits: Float32Array, row: SelectionRow): Distribution | SelectionFailure {
  const adjusted = adjustLogits(logits, row);
  if (adjusted.some(Number.isNaN)) return 'bad_logits';
  const mostProbable = argmax(adjusted);
  const largest = adjusted[mostProbable]!;
  if (largest === Number.POSITIVE_INFINITY) return 'bad_logits';
  if (largest === Number.NEGATIVE_INFINITY)
    return logits.every(isExcluded) ? 'bad_logits' : 'no_token_allowed';
  if (row.temperature === 0) return { ids: Int32Array.of(mostProbable), probabilities: Float64Array.of(1) };
  const ids = topK(adjusted, row.topK);
  // exp(logit / temperature), scaled so that the largest weight is 1
  const weights = Float64Array.from(ids, (id) => Math.exp((adjusted[id]! - largest) / row.temperature));
  if (row.topP < 1) applyTopP(weights, row.topP);
  if (row.minP > 0) applyMinP(weights, row.minP);
  if (row.typicalP < 1) applyTypicalP(weights, row.typicalP);
  return normalize(ids, weights);
}

const isExcluded = (logit: number): boolean => logit === Number.NEGATIVE_INFINITY;

// Returns the adjusted logits, rounded to f32. NaN logits are not changed.
function adjustLogits(logits: Float32Array, row: SelectionRow): Float32Array {
  if (row.adjustTokens.length === 0) return logits;
  const adjusted = logits.slice();
  row.adjustTokens.forEach((token, i) => {
    const logit = adjusted[token]!;
    const penalty = row.adjustPenalty[i]!;
    adjusted[token] = (logit > 0 ? logit / penalty : logit * penalty) + row.adjustBias[i]!;
  });
  return adjusted;
}

function argmax(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id;
  return best;
}

// Returns the ids whose logits are at least the k-th largest logit, in ascending order.
function topK(logits: Float32Array, k: number): Int32Array {
  const allIds = Int32Array.from(logits, (_, id) => id);
  if (k === 0 || k >= logits.length) return allIds;
  const threshold = logits.toSorted()[logits.length - k]!;
  return allIds.filter((id) => logits[id]! >= threshold);
}

// Holtzman et al. 2019: retains the smallest number of tokens whose weights add up to the fraction p. Larger weights come
// first; among equal weights, lower ids come first.
function applyTopP(weights: Float64Array, p: number): void {
  const order = ascendingOrder(weights.map((weight) => -weight));
  const target = p * sum(weights);
  let reached = 0;
  for (const i of order) {
    if (reached >= target) weights[i] = 0;
    else reached += weights[i]!;
  }
}

// Nguyen et al. 2024: excludes tokens whose weight is less than p. The weight of the
// most probable token is 1 and top-p does not exclude this token, so weights are relative to its probability.
function applyMinP(weights: Float64Array, p: number): void {
  weights.forEach((weight, i) => {
    if (weight < p) weights[i] = 0;
  });
}

// Meister et al. 2022: retains the tokens whose surprise, -ln(probability), is closest to the entropy, until their weights
// add up to the fraction p; also retains tokens whose distance from the entropy equals that of the last of these tokens.
function applyTypicalP(weights: Float64Array, p: number): void {
  const total = sum(weights);
  const surprise = weights.map((weight) => -Math.log(weight / total));
  const entropy = sum(weights.map((weight, i) => (weight === 0 ? 0 : (weight / total) * surprise[i]!)));
  const distance = surprise.map((value) => Math.abs(value - entropy));
  let reached = 0;
  let farthest = 0;
  for (const i of ascendingOrder(distance)) {
    if (reached >= p * total) break;
    reached += weights[i]!;
    farthest = distance[i]!;
  }
  distance.forEach((value, i) => {
    if (value > farthest) weights[i] = 0;
  });
}

function normalize(ids: Int32Array, weights: Float64Array): Distribution {
  const total = sum(weights);
  return {
    ids: ids.filter((_, i) => weights[i]! > 0),
    probabilities: weights.filter((weight) => weight > 0).map((weight) => weight / total),
  };
}

// Returns the indexes of `values` in ascending order of value; among equal values, lower indexes come first.
function ascendingOrder(values: Float64Array): Int32Array {
  const indexes = Int32Array.from(values, (_, i) => i);
  return indexes.sort((a, b) => compare(values[a]!, values[b]!) || a - b);
}

// A subtraction would not work, because the difference of two infinities is NaN.
const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
