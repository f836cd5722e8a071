// Replaces and collapses spaces for SentencePiece, in blocks: one call on a long text full of spaces would block the
// event loop for a second. Uses a pattern because replaceAll builds a rope, whose flattening doubles the cost.

import type { Steps } from '../../base/steps.ts';
import { StringBuilder } from '../string-builder.ts';

const BLOCK_UNITS = 16_384;

/** Replaces each space by `space`. */
export function* replaceSpaces(text: string, space: string): Steps<string> {
  if (text.length <= BLOCK_UNITS) return text.replace(/ /g, space);
  const replaced = new StringBuilder();
  for (let start = 0; start < text.length; start += BLOCK_UNITS) {
    replaced.append(text.slice(start, start + BLOCK_UNITS).replace(/ /g, space));
    yield;
  }
  return replaced.build();
}

/** Replaces each run of spaces by one space. */
export function* collapseSpaces(text: string): Steps<string> {
  const joined = new StringBuilder();
  for (let start = 0; start < text.length; ) {
    let end = Math.min(text.length, start + BLOCK_UNITS);
    while (text.charAt(end - 1) === ' ' && text.charAt(end) === ' ') end++;
    joined.append(text.slice(start, end).replace(/ {2,}/g, ' '));
    start = end;
    yield;
  }
  return joined.build();
}
