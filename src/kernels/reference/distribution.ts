// What the next token is drawn from: a row of logits, adjusted, cut and normalized. It has a name of its own so
// that tests can compare whole distributions with those of transformers; `select` draws from it. A cut sets
// weights to zero; each looks only at what the cuts before it have left.

import type { SelectionFailure, SelectionRow } from '../../base/step/selection.ts';

export interface Distribution {
  /** tokens that may be drawn, ascending. [K] */
  readonly ids: Int32Array;
  /** of each of them; their sum is 1 but for rounding. [K] */
  readonly probabilities: Float64Array;
}

/** @param logits [vocabSize], left as they are */
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

// Rounded to f32, as logits are. What is no number stays none, whatever is added.
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

// Ids that top-k keeps, ascending: what is smaller than the k-th largest goes, equals of it stay.
function topK(logits: Float32Array, k: number): Int32Array {
  const all = Int32Array.from(logits, (_, id) => id);
  if (k === 0 || k >= logits.length) return all;
  const threshold = logits.toSorted()[logits.length - k]!;
  return all.filter((id) => logits[id]! >= threshold);
}

// Holtzman et al. 2019: the fewest tokens, largest first, lower ids first among equals, that reach p.
function cutTopP(weights: Float64Array, p: number): void {
  const order = ascending(weights.map((weight) => -weight));
  const target = p * sum(weights);
  let reached = 0;
  for (const i of order) {
    if (reached >= target) weights[i] = 0;
    else reached += weights[i]!;
  }
}

// Nguyen et al. 2024. No cut before this one drops the likeliest, whose weight is 1: weights are shares of it.
function cutMinP(weights: Float64Array, p: number): void {
  weights.forEach((weight, i) => {
    if (weight < p) weights[i] = 0;
  });
}

// Meister et al. 2022: the tokens whose surprise, -ln p, is nearest to its expectation, the entropy; as many as
// reach p together, equals of the last of them too.
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

// Places of `values` from the smallest to the largest, in order among equals. [values.length]
function ascending(values: Float64Array): Int32Array {
  const places = Int32Array.from(values, (_, i) => i);
  return places.sort((a, b) => compare(values[a]!, values[b]!) || a - b);
}

// Not a difference: that of two infinities is no number.
const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
