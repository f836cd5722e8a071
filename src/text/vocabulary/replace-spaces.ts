// Replaces and collapses spaces for SentencePiece, in blocks: one call of `replace` for a long text full of spaces
// would block the event loop for a second. The functions use patterns, because `replaceAll` builds a rope and
// flattening it doubles the time.

import type { Steps } from '../../base/steps.ts';
import { StringBuilder } from '../string-builder.ts';

const BLOCK_UNITS = 16_384;

/** Replaces each space with `space`. */
export function* replaceSpaces(text: string, space: string): Steps<string> {
  if (text.length <= BLOCK_UNITS) return text.replace(/ /g, space);
  const replaced = new StringBuilder();
  for (let start = 0; start < text.length; start += BLOCK_UNITS) {
    replaced.append(text.slice(start, start + BLOCK_UNITS).replace(/ /g, space));
    yield;
  }
  return replaced.build();
}

/** Replaces each run of spaces with one space. */
export function* collapseSpaces(text: string): Steps<string> {
  const collapsed = new StringBuilder();
  for (let start = 0; start < text.length; ) {
    let end = Math.min(text.length, start + BLOCK_UNITS);
    while (text.charAt(end - 1) === ' ' && text.charAt(end) === ' ') end++;
    collapsed.append(text.slice(start, end).replace(/ {2,}/g, ' '));
    start = end;
    yield;
  }
  return collapsed.build();
}
