// Finds given strings (special tokens, added tokens) in a text: the leftmost match, and of several matches at
// the same offset the longest.

import type { Steps } from '../../base/steps.ts';
import { ROOT_STATE, StringTrie } from './string-trie.ts';

export interface TextSegment {
  readonly text: string;
  /** one of the given strings */
  readonly isLiteral: boolean;
}

/** Returns whether the text from `start` to `end` (code units), which equals `literal`, is treated as that literal. */
export type AcceptLiteral = (start: number, end: number, literal: string) => boolean;

/** Splits a text into non-empty segments, which joined are the text. Without `accept`, every match is a literal. */
export type LiteralSplitter = (text: string, accept?: AcceptLiteral) => Steps<TextSegment[]>;

/** Returns the longest of the given strings that starts at `at`, or undefined. */
export type LiteralFinder = (text: string, at: number, accept?: AcceptLiteral) => string | undefined;

export function createLiteralFinder(literals: Iterable<string>): LiteralFinder {
  const trie = new StringTrie(literals);
  return (text, at, accept) => {
    let code = text.charCodeAt(at);
    if (!trie.canStartWith(code)) return undefined;
    let longest: string | undefined;
    let end = at;
    for (let state = trie.step(ROOT_STATE, code); state !== ROOT_STATE; state = trie.step(state, code)) {
      const literal = trie.stringAt(state);
      end++;
      if (literal !== undefined && (accept === undefined || accept(at, end, literal))) longest = literal;
      code = text.charCodeAt(end);
    }
    return longest;
  };
}

// Code units between two pauses.
const PAUSE_UNITS = 16_384;

export function createLiteralSplitter(literals: Iterable<string>): LiteralSplitter {
  const strings = [...literals].filter((literal) => literal !== '');
  const findLiteral = createLiteralFinder(strings);
  return function* (text, accept) {
    if (strings.length === 0) return text === '' ? [] : [{ text, isLiteral: false }];
    const segments: TextSegment[] = [];
    let plainStart = 0;
    let nextPause = PAUSE_UNITS;
    for (let at = 0; at < text.length; ) {
      const foundLiteral = findLiteral(text, at, accept);
      if (foundLiteral === undefined) at++;
      else {
        if (plainStart < at) segments.push({ text: text.slice(plainStart, at), isLiteral: false });
        segments.push({ text: foundLiteral, isLiteral: true });
        at += foundLiteral.length;
        plainStart = at;
      }
      if (at < nextPause) continue;
      nextPause = at + PAUSE_UNITS;
      yield;
    }
    if (plainStart < text.length) segments.push({ text: text.slice(plainStart), isLiteral: false });
    return segments;
  };
}
