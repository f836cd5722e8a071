// The distribution from which the next token is drawn: a row of logits, adjusted, cut and normalized. It is separate
// from `select` so that tests can compare whole distributions with those of transformers. A cut sets weights to zero;
// each cut works on what the previous ones left.

import type { SelectionFailure, SelectionRow } from '../../base/step/selection.ts';

export interface Distribution {
  /** tokens that can be drawn, ascending. [K] */
  readonly ids: Int32Array;
  /** their probabilities, which sum to 1 except for rounding. [K] */
  readonly probabilities: Float64Array;
}

/** @param logits [vocabSize], not modified */
export function distribution(logits: Float32Array, row: SelectionRow): Distribution | SelectionFailure {
  const adjusted = adjust(logits, row);
  if (adjusted.some(Number.isNaN)) return 'bad_logits';
  const likeliest = argmax(adjusted);
  const largest = adjusted[likeliest]!;
  if (largest === Number.POSITIVE_INFINITY) return 'bad_logits';
  if (largest === Number.NEGATIVE_INFINITY)
    return logits.every(isImpossible) ? 'bad_logits' : 'no_token_allowed';
  if (row.temperature === 0) return { ids: Int32Array.of(likeliest), probabilities: Float64Array.of(1) };
  const ids = topK(adjusted, row.topK);
  // exp(z / temperature), scaled so that the largest is 1
  const weights = Float64Array.from(ids, (id) => Math.exp((adjusted[id]! - largest) / row.temperature));
  if (row.topP < 1) cutTopP(weights, row.topP);
  if (row.minP > 0) cutMinP(weights, row.minP);
  if (row.typicalP < 1) cutTypicalP(weights, row.typicalP);
  return normalized(ids, weights);
}

const isImpossible = (logit: number): boolean => logit === Number.NEGATIVE_INFINITY;

// Adjusts logits, rounded to f32. NaN stays NaN, whatever is added.
function adjust(logits: Float32Array, row: SelectionRow): Float32Array {
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

// Returns the ids that top-k keeps, ascending: those whose logits are not less than the k-th largest.
function topK(logits: Float32Array, k: number): Int32Array {
  const all = Int32Array.from(logits, (_, id) => id);
  if (k === 0 || k >= logits.length) return all;
  const threshold = logits.toSorted()[logits.length - k]!;
  return all.filter((id) => logits[id]! >= threshold);
}

// Holtzman et al. 2019: keeps the fewest tokens, largest first and lower ids first among equals, that reach p.
function cutTopP(weights: Float64Array, p: number): void {
  const order = ascending(weights.map((weight) => -weight));
  const target = p * sum(weights);
  let reached = 0;
  for (const i of order) {
    if (reached >= target) weights[i] = 0;
    else reached += weights[i]!;
  }
}

// Nguyen et al. 2024. The previous cuts keep the likeliest token, whose weight is 1, so weights are relative to it.
function cutMinP(weights: Float64Array, p: number): void {
  weights.forEach((weight, i) => {
    if (weight < p) weights[i] = 0;
  });
}

// Meister et al. 2022: keeps the tokens whose surprise, -ln p, is nearest to its expectation, the entropy: as many as
// reach p together, and those equal to the last of them.
function cutTypicalP(weights: Float64Array, p: number): void {
  const total = sum(weights);
  const surprise = weights.map((weight) => -Math.log(weight / total));
  const entropy = sum(weights.map((weight, i) => (weight === 0 ? 0 : (weight / total) * surprise[i]!)));
  const distance = surprise.map((value) => Math.abs(value - entropy));
  let reached = 0;
  let farthest = 0;
  for (const i of ascending(distance)) {
    if (reached >= p * total) break;
    reached += weights[i]!;
    farthest = distance[i]!;
  }
  distance.forEach((value, i) => {
    if (value > farthest) weights[i] = 0;
  });
}

function normalized(ids: Int32Array, weights: Float64Array): Distribution {
  const total = sum(weights);
  return {
    ids: ids.filter((_, i) => weights[i]! > 0),
    probabilities: weights.filter((weight) => weight > 0).map((weight) => weight / total),
  };
}

// Indexes of `values` in ascending order, stable among equals. [values.length]
function ascending(values: Float64Array): Int32Array {
  const indexes = Int32Array.from(values, (_, i) => i);
  return indexes.sort((a, b) => compare(values[a]!, values[b]!) || a - b);
}

// Not a difference: the difference of two infinities is NaN.
const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
