// The policy of a step: how many tokens each running sequence computes. A pure function.
//
// Sequences that only need their newest token come first, so that a long prompt never holds up the
// others' answers; what is left of the budget goes to the rest in order of arrival. The sequence that arrived
// first always gets something.

/**
 * @param uncomputed tokens not yet computed of each running sequence, in order of arrival. [S]
 * @param tokenBudget most tokens in the step, at least 1
 * @returns tokens to compute now. [S], the sum at most `tokenBudget`
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
