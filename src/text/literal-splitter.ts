// Finds given strings (special tokens, tokens that users added) in a text, the leftmost first and the longest
// among those that begin at the same place.

export interface TextPart {
  readonly text: string;
  /** one of the given strings */
  readonly literal: boolean;
}

export type LiteralSplitter = (text: string) => TextPart[];

/** The longest of the given strings that begins at `at`; undefined when none does. */
export type LiteralFinder = (text: string, at: number) => string | undefined;

/** Looks first at the code unit, so that a text costs little however many strings are given. */
export function createLiteralFinder(literals: Iterable<string>): LiteralFinder {
  const byFirst = groupByFirst(literals);
  return (text, at) => byFirst.get(text.charCodeAt(at))?.find((literal) => text.startsWith(literal, at));
}

/** Parts of a text, none empty, that together are the text. */
export function createLiteralSplitter(literals: Iterable<string>): LiteralSplitter {
  const find = createLiteralFinder(literals);
  return (text) => {
    const parts: TextPart[] = [];
    let plainStart = 0;
    for (let at = 0; at < text.length; ) {
      const found = find(text, at);
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
