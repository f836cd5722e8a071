// Finds given strings (special tokens, tokens that users added) in a text, the leftmost first and the longest
// among those that begin at the same place.

import type { Steps } from '../../base/steps.ts';
import { ROOT, TextTrie } from './string-trie.ts';

export interface TextPart {
  readonly text: string;
  /** one of the given strings */
  readonly literal: boolean;
}

/** Whether `literal`, which stands from `start` to `end`, is meant as one of the given strings. In code units. */
export type IsMeant = (start: number, end: number, literal: string) => boolean;

/** The parts of a text, none empty, that together are the text. All that is found is meant where nothing is said. */
export type LiteralSplitter = (text: string, isMeant?: IsMeant) => Steps<TextPart[]>;

/** The longest of the given strings that begins at `at`; undefined when none does. */
export type LiteralFinder = (text: string, at: number, isMeant?: IsMeant) => string | undefined;

export function createLiteralFinder(literals: Iterable<string>): LiteralFinder {
  const trie = new TextTrie(literals);
  return (text, at, isMeant) => {
    let code = text.charCodeAt(at);
    if (!trie.begins(code)) return undefined;
    let found: string | undefined;
    let end = at;
    for (let state = trie.step(ROOT, code); state !== ROOT; state = trie.step(state, code)) {
      const literal = trie.end(state);
      end++;
      if (literal !== undefined && (isMeant === undefined || isMeant(at, end, literal))) found = literal;
      code = text.charCodeAt(end);
    }
    return found;
  };
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
