// Shares the token budget of a step among the running sequences.
//
// The first sequence always gets at least one token. Then sequences that need only one token get it, so that a long
// prompt does not delay the answers of other sequences. The rest of the budget is given to all sequences in order of rank.

/**
 * @param uncomputed number of tokens that are not computed yet, of each running sequence in order of rank. [S]
 * @param tokenBudget maximum number of tokens in the step, at least 1
 * @returns number of tokens to compute of each sequence; the sum is at most `tokenBudget`. [S]
 */
export function shareBudget(uncomputed: readonly number[], tokenBudget: number): number[] {
  let remaining = tokenBudget;
  const counts = uncomputed.map(() => 0);
  const allot = (index: number, maxCount: number): void => {
    const count = Math.min(maxCount, remaining);
    counts[index]! += count;
    remaining -= count;
  };
  if (uncomputed.length > 0) allot(0, 1);
  uncomputed.forEach((count, index) => {
    if (count === 1 && index > 0) allot(index, 1);
  });
  uncomputed.forEach((count, index) => {
    allot(index, count - counts[index]!);
  });
  return counts;
}
