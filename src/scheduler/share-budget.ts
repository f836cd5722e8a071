// Shares the token budget of a step among the running sequences. A pure function.
//
// Sequences that only need their newest token come first, so that a long prompt does not delay the answers of others.
// The rest of the budget goes to the other sequences in order of arrival. The sequence that arrived first always gets
// at least one token.

/**
 * @param uncomputed tokens of each running sequence that are not computed yet, in order of arrival. [S]
 * @param tokenBudget maximum number of tokens in the step, at least 1
 * @returns tokens to compute now. [S], the sum is at most `tokenBudget`
 */
export function shareBudget(uncomputed: readonly number[], tokenBudget: number): number[] {
  let left = tokenBudget;
  const counts = uncomputed.map(() => 0);
  const give = (index: number, wanted: number): void => {
    counts[index]! += Math.min(wanted, left);
    left -= Math.min(wanted, left);
  };
  if (uncomputed.length > 0) give(0, 1);
  uncomputed.forEach((count, index) => {
    if (count === 1 && index > 0) give(index, 1);
  });
  uncomputed.forEach((count, index) => {
    give(index, count - counts[index]!);
  });
  return counts;
}
