// select: the definition of how a next token is chosen from a row of logits, in this order:
//   1. adjust: penalty (a positive logit is divided by it, a negative one multiplied), then bias;
//   2. temperature 0: the largest logit, the lowest id among equals, and done;
//   3. divide by the temperature;
//   4. top-k: drop what is smaller than the k-th largest (equals of it stay, as in transformers);
//   5. top-p (Holtzman et al. 2019): keep the fewest tokens, largest first, lower ids first among equals,
//      whose probabilities reach p;
//   6. draw: the first token, in order of id, whose cumulative probability exceeds `uniform`.

import type { SelectionRow } from '../../base/selection.ts';

/** @param logits [vocabSize] @returns the chosen token id */
export function select(logits: Float32Array, row: SelectionRow): number {
  const adjusted = adjust(logits, row);
  if (row.temperature === 0) return argmax(adjusted);
  const ids = topK(adjusted, row.topK);
  const probabilities = softmax(adjusted, ids, row.temperature);
  if (row.topP < 1) cutTopP(probabilities, row.topP);
  return draw(ids, probabilities, row.uniform);
}

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

// Ids that top-k keeps, ascending.
function topK(logits: Float32Array, k: number): Int32Array {
  const all = Int32Array.from(logits, (_, id) => id);
  if (k === 0 || k >= logits.length) return all;
  const threshold = logits.toSorted()[logits.length - k]!;
  return all.filter((id) => logits[id]! >= threshold);
}

// exp(z / temperature) for each id, scaled so that the largest is 1; the draw normalizes.
function softmax(logits: Float32Array, ids: Int32Array, temperature: number): Float64Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (const id of ids) largest = Math.max(largest, logits[id]!);
  return Float64Array.from(ids, (id) => Math.exp((logits[id]! - largest) / temperature));
}

// Sets to zero what top-p drops. `probabilities` need not be normalized.
function cutTopP(probabilities: Float64Array, p: number): void {
  const order = Int32Array.from(probabilities, (_, i) => i).sort(
    (a, b) => probabilities[b]! - probabilities[a]! || a - b,
  );
  const target = p * sum(probabilities);
  let reached = 0;
  for (const i of order) {
    if (reached >= target) probabilities[i] = 0;
    else reached += probabilities[i]!;
  }
}

function draw(ids: Int32Array, probabilities: Float64Array, uniform: number): number {
  const target = uniform * sum(probabilities);
  let reached = 0;
  let last = 0;
  for (let i = 0; i < ids.length; i++) {
    if (probabilities[i] === 0) continue;
    reached += probabilities[i]!;
    last = i;
    if (reached > target) break;
  }
  return ids[last]!;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
