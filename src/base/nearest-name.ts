// Finds the known name that is nearest to an unknown name, for hints such as "did you mean maxTokens?". Names that
// differ only in case, hyphens or underscores (`max_tokens`, `max-tokens`) count as equal.

/**
 * Returns the number of insertions, deletions, substitutions and swaps of neighbouring characters from `from` to `to`, where no
 * character is edited twice (optimal string alignment: Damerau 1964).
 */
function editDistance(from: string, to: string): number {
  let previous: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const substituted = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const swapped = isSwap ? previous[j - 2]! + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(substituted, swapped, row[j]! + 1, next[j - 1]! + 1));
    }
    [previous, row] = [row, next];
  }
  return row[to.length]!;
}

const normalize = (name: string): string => name.toLowerCase().replace(/[-_\s]/g, '');

/** Returns the name nearest to `unknownName`, or undefined when none is similar. */
export function nearestName(unknownName: string, names: readonly string[]): string | undefined {
  const unknown = normalize(unknownName.slice(0, 64));
  let nearest: string | undefined;
  let nearestDistance = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const distance = editDistance(unknown, normalize(name));
    if (distance < nearestDistance) [nearest, nearestDistance] = [name, distance];
  }
  return nearestDistance <= Math.max(1, Math.floor(unknown.length / 3)) ? nearest : undefined;
}
