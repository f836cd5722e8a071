// Finds given strings (special tokens, tokens that users added) in a text, the leftmost first and the longest
// among those that begin at the same place.

export interface TextPart {
  readonly text: string;
  /** one of the given strings */
  readonly literal: boolean;
}

export type LiteralSplitter = (text: string) => TextPart[];

/** Parts of a text, none empty, that together are the text. */
export function createLiteralSplitter(literals: Iterable<string>): LiteralSplitter {
  const byFirst = groupByFirst(literals);
  if (byFirst.size === 0) return (text) => (text === '' ? [] : [{ text, literal: false }]);
  return (text) => {
    const parts: TextPart[] = [];
    let plainStart = 0;
    for (let at = 0; at < text.length; ) {
      const found = byFirst.get(text.charCodeAt(at))?.find((literal) => text.startsWith(literal, at));
      if (found === undefined) {
        at++;
        continue;
      }
      if (plainStart < at) parts.push({ text: text.slice(plainStart, at), literal: false });
      parts.push({ text: found, literal: true });
      at += found.length;
      plainStart = at;
    }
    if (plainStart < text.length) parts.push({ text: text.slice(plainStart), literal: false });
    return parts;
  };
}

// By first code unit, longest first.
function groupByFirst(literals: Iterable<string>): ReadonlyMap<number, string[]> {
  const groups = new Map<number, string[]>();
  for (const literal of literals) {
    if (literal === '') continue;
    const first = literal.charCodeAt(0);
    const group = groups.get(first);
    if (group === undefined) groups.set(first, [literal]);
    else group.push(literal);
  }
  for (const group of groups.values()) group.sort((a, b) => b.length - a.length);
  return groups;
}
