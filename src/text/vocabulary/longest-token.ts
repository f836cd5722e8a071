// How much of a text one token can stand for: a text that is longer than that many tokens could be is too long before
// anything is done with it. Said only where every part of a text becomes a token.

import { BYTE_CHARACTERS } from '../../base/model/byte-characters.ts';
import type { Vocabulary } from './vocabulary.ts';

type Tokens = Pick<Vocabulary, 'pieces' | 'special' | 'added'>;

/**
 * `longest` of a vocabulary; nothing where a part of a text may vanish.
 * @param complete whether all that is no whole token becomes tokens
 */
export function longestToken(
  { pieces, special, added }: Tokens,
  complete: boolean,
): Pick<Vocabulary, 'longest'> {
  const strips = [...special.values(), ...added.values()].some(
    ({ stripLeft, stripRight }) => stripLeft || stripRight,
  );
  if (strips || !complete) return {};
  let longest = 1;
  for (const piece of pieces) if (piece !== undefined && piece.length > longest) longest = piece.length;
  return { longest };
}

/** Every merge makes a token. */
export const mergesAreTokens = (merges: readonly string[], ids: ReadonlyMap<string, number>): boolean =>
  merges.every((merge) => ids.has(merge.replace(' ', '')));

/** Every byte is a token, spelled as byte-level vocabularies spell it. */
export const bytesAreTokens = (ids: ReadonlyMap<string, number>): boolean =>
  BYTE_CHARACTERS.every((character) => ids.has(character));
