// Splits a text into the tokens that are matched as whole strings and the segments between them. The caller encodes the
// segments and receives the position of each.

import type { Steps } from '../../base/steps.ts';
import type { TextPlace, WholeToken } from '../vocabulary/vocabulary.ts';
import { trimSpace } from '../white-space.ts';
import { createLiteralSplitter, type IsMeant } from './literal-finder.ts';

/** Appends the ids of a segment without whole tokens. */
export type EncodeSegment = (text: string, place: TextPlace, ids: number[]) => Steps<void>;

/** Appends the ids of `text`: whole tokens by their id, the segments between them by `encode`. */
export type EncodeWithWholeTokens = (
  text: string,
  start: TextPlace,
  ids: number[],
  encode: EncodeSegment,
  isMeant?: IsMeant,
) => Steps<void>;

// Segments between two pauses; `encode` pauses within a segment.
const PAUSE_SEGMENTS = 256;

/** @param tokens by spelling */
export function createWholeTokenEncoder(tokens: ReadonlyMap<string, WholeToken>): EncodeWithWholeTokens {
  const split = createLiteralSplitter(tokens.keys());
  return function* (text, start, ids, encode, isMeant) {
    const segments = yield* split(text, isMeant);
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
      const before = tokenAt(index - 1);
      const content = trimSpace(
        segment.text,
        before?.stripRight ?? false,
        tokenAt(index + 1)?.stripLeft ?? false,
      );
      if (content !== '') yield* encode(content, index > 0 ? 'after-token' : start, ids);
    }
  };
}
