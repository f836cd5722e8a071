// Functions of rows of logits: the most likely token, the probability of a token, the difference between two rows.

/** Returns the first token with the largest logit. */
export function mostLikelyToken(row: Float32Array): number {
  let best = 0;
  for (let i = 1; i < row.length; i++) if (row[i]! > row[best]!) best = i;
  return best;
}

/** Returns the natural logarithm of the probability of `token`, in f64. */
export function logProbability(row: Float32Array, token: number): number {
  const largest = row[mostLikelyToken(row)]!;
  let total = 0;
  for (const logit of row) total += Math.exp(logit - largest);
  return row[token]! - largest - Math.log(total);
}

/** Compares two rows of the same vocabulary. */
export function logitDifference(
  a: Float32Array,
  b: Float32Array,
): { readonly largest: number; readonly mean: number } {
  let largest = 0;
  let total = 0;
  for (const [i, logit] of a.entries()) {
    const difference = Math.abs(logit - b[i]!);
    largest = Math.max(largest, difference);
    total += difference;
  }
  return { largest, mean: total / a.length };
}
