// Finds given strings (special tokens, tokens that users added) in a text, the leftmost first and the longest
// among those that begin at the same place.

import type { Steps } from '../base/steps.ts';

export interface TextPart {
  readonly text: string;
  /** one of the given strings */
  readonly literal: boolean;
}

/** Whether the string that stands from `start` to `end` is meant as one of the given ones. In code units. */
export type IsMeant = (start: number, end: number) => boolean;

/** The parts of a text, none empty, that together are the text. All that is found is meant where nothing is said. */
export type LiteralSplitter = (text: string, isMeant?: IsMeant) => Steps<TextPart[]>;

/** The longest of the given strings that begins at `at`; undefined when none does. */
export type LiteralFinder = (text: string, at: number, isMeant?: IsMeant) => string | undefined;

/** Looks first at the code unit, so that a text costs little however many strings are given. */
export function createLiteralFinder(literals: Iterable<string>): LiteralFinder {
  const byFirst = groupByFirst(literals);
  return (text, at, isMeant = () => true) =>
    byFirst
      .get(text.charCodeAt(at))
      ?.find((literal) => text.startsWith(literal, at) && isMeant(at, at + literal.length));
}

// Characters between two pauses.
const PAUSE = 16_384;

export function createLiteralSplitter(literals: Iterable<string>): LiteralSplitter {
  const strings = [...literals].filter((literal) => literal !== '');
  const find = createLiteralFinder(strings);
  return function* (text, isMeant) {
    if (strings.length === 0) return text === '' ? [] : [{ text, literal: false }];
    const parts: TextPart[] = [];
    let plainStart = 0;
    let pause = PAUSE;
    for (let at = 0; at < text.length; ) {
      const found = find(text, at, isMeant);
      if (found === undefined) at++;
      else {
        if (plainStart < at) parts.push({ text: text.slice(plainStart, at), literal: false });
        parts.push({ text: found, literal: true });
        at += found.length;
        plainStart = at;
      }
      if (at < pause) continue;
      pause = at + PAUSE;
      yield;
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
