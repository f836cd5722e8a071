// What rows of logits say: the likeliest token, the probability of one, and how far two rows are apart.

/** The first of the largest. */
export function likeliest(row: Float32Array): number {
  let best = 0;
  for (let i = 1; i < row.length; i++) if (row[i]! > row[best]!) best = i;
  return best;
}

/** Natural logarithm of the probability of `token`, in f64. */
export function logProbability(row: Float32Array, token: number): number {
  const most = row[likeliest(row)]!;
  let total = 0;
  for (const logit of row) total += Math.exp(logit - most);
  return row[token]! - most - Math.log(total);
}

/** Between two rows of one vocabulary. */
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
