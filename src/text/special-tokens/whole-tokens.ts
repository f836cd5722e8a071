// Parts a text into the tokens that are matched as whole strings and the stretches between them, which are
// encoded by whoever asked, each knowing where it stands.

import type { Steps } from '../../base/steps.ts';
import type { TextPlace, WholeToken } from '../vocabulary/vocabulary.ts';
import { trimSpace } from '../white-space.ts';
import { createLiteralSplitter, type IsMeant } from './literal-finder.ts';

/** Appends the ids of a stretch without whole tokens. */
export type EncodeStretch = (text: string, place: TextPlace, ids: number[]) => Steps<void>;

/** Appends the ids of `text`, which begins at `start`: whole tokens by their id, the rest by `encode`. */
export type WholeTokenSplitter = (
  text: string,
  start: TextPlace,
  ids: number[],
  encode: EncodeStretch,
  isMeant?: IsMeant,
) => Steps<void>;

// Parts between two pauses; what encodes a stretch pauses within it.
const PAUSE = 256;

/** Finds the given tokens, by their spelling. */
export function createWholeTokenSplitter(tokens: ReadonlyMap<string, WholeToken>): WholeTokenSplitter {
  const split = createLiteralSplitter(tokens.keys());
  return function* (text, start, ids, encode, isMeant) {
    const parts = yield* split(text, isMeant);
    const tokenAt = (index: number): WholeToken | undefined => {
      const part = parts[index];
      return part?.literal === true ? tokens.get(part.text) : undefined;
    };
    for (const [index, part] of parts.entries()) {
      if (index % PAUSE === PAUSE - 1) yield;
      const token = tokenAt(index);
      if (token !== undefined) {
        ids.push(token.id);
        continue;
      }
      const before = tokenAt(index - 1);
      const stretch = trimSpace(
        part.text,
        before?.stripRight ?? false,
        tokenAt(index + 1)?.stripLeft ?? false,
      );
      if (stretch !== '') yield* encode(stretch, index > 0 ? 'after-token' : start, ids);
    }
  };
}
