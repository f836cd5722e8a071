// Encodes texts that contain whole tokens, which are matched as strings. A function of the caller encodes the segments
// between these tokens.

import type { Steps } from '../../base/steps.ts';
import type { TextPlace, WholeToken } from '../vocabulary/vocabulary.ts';
import { trimSpace } from '../white-space.ts';
import { type AcceptLiteral, createLiteralSplitter } from './literal-finder.ts';

/** Appends the ids of a segment, which contains no whole tokens. `place` is its position in the text. */
export type EncodeSegment = (text: string, place: TextPlace, ids: number[]) => Steps<void>;

/** Appends the ids of `text`. Calls `encode` for the segments between whole tokens. */
export type EncodeWithWholeTokens = (
  text: string,
  place: TextPlace,
  ids: number[],
  encode: EncodeSegment,
  accept?: AcceptLiteral,
) => Steps<void>;

// Segments between two pauses; `encode` pauses within a segment.
const PAUSE_SEGMENTS = 256;

/** @param tokens whole tokens by their text */
export function createWholeTokenEncoder(tokens: ReadonlyMap<string, WholeToken>): EncodeWithWholeTokens {
  const split = createLiteralSplitter(tokens.keys());
  return function* (text, place, ids, encode, accept) {
    const segments = yield* split(text, accept);
    const tokenAt = (index: number): WholeToken | undefined => {
      const segment = segments[index];
      return segment?.isLiteral === true ? tokens.get(segment.text) : undefined;
    };
    for (const [index, segment] of segments.entries()) {
      if (index % PAUSE_SEGMENTS === PAUSE_SEGMENTS - 1) yield;
      const token = tokenAt(index);
      if (token !== undefined) {
        ids.push(token.id);
        continue;
      }
      const previousToken = tokenAt(index - 1);
      const content = trimSpace(
        segment.text,
        previousToken?.stripRight ?? false,
        tokenAt(index + 1)?.stripLeft ?? false,
      );
      if (content !== '') yield* encode(content, index > 0 ? 'after-token' : place, ids);
    }
  };
}
