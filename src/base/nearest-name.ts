// Finds the known name nearest to an unknown one, for hints such as "did you mean maxTokens?". Names that differ only in
// case, hyphens or underscores (`max_tokens`, `max-tokens`) count as equal.

/** Returns the number of insertions, deletions and substitutions from `from` to `to` (Levenshtein 1966). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}

const spelling = (name: string): string => name.toLowerCase().replace(/[-_\s]/g, '');

/** Returns the name nearest to `wrong`, or undefined when none is similar. */
export function nearestName(wrong: string, names: readonly string[]): string | undefined {
  const given = spelling(wrong.slice(0, 64));
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const distance = editDistance(given, spelling(name));
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return bestDistance <= Math.max(1, Math.floor(given.length / 3)) ? best : undefined;
}
