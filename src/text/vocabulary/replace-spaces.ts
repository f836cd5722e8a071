// Spaces as SentencePiece writes them, in a text of any length: where every character is one, replacing them all at
// once would stop others for a second. By a pattern: replaceAll makes a tree of strings, which costs as much again.

import type { Steps } from '../../base/steps.ts';
import { TextBuilder } from '../string-builder.ts';

const BLOCK = 16_384;

/** `text` with `space` for each space. */
export function* replaceSpaces(text: string, space: string): Steps<string> {
  if (text.length <= BLOCK) return text.replace(/ /g, space);
  const replaced = new TextBuilder();
  for (let start = 0; start < text.length; start += BLOCK) {
    replaced.add(text.slice(start, start + BLOCK).replace(/ /g, space));
    yield;
  }
  return replaced.build();
}

/** `text` with one space for each run of spaces. */
export function* joinSpaces(text: string): Steps<string> {
  const joined = new TextBuilder();
  for (let start = 0; start < text.length; ) {
    let end = Math.min(text.length, start + BLOCK);
    while (text.charAt(end - 1) === ' ' && text.charAt(end) === ' ') end++;
    joined.add(text.slice(start, end).replace(/ {2,}/g, ' '));
    start = end;
    yield;
  }
  return joined.build();
}
