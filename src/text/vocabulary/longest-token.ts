// The longest stretch of text that one token can cover. A text longer than that times the token limit is too long
// before any of it is encoded. Only known where every part of a text becomes a token.

import { BYTE_CHARACTERS } from '../../base/model/byte-characters.ts';
import type { Vocabulary } from './vocabulary.ts';

type Tokens = Pick<Vocabulary, 'pieces' | 'special' | 'added'>;

/**
 * The field `maxTokenLength` of a vocabulary; an empty object where parts of a text may produce no token.
 * @param lossless all text outside whole tokens becomes tokens
 */
export function maxTokenLength(
  { pieces, special, added }: Tokens,
  lossless: boolean,
): Pick<Vocabulary, 'maxTokenLength'> {
  const strips = [...special.values(), ...added.values()].some(
    ({ stripLeft, stripRight }) => stripLeft || stripRight,
  );
  if (strips || !lossless) return {};
  let longest = 1;
  for (const piece of pieces) if (piece !== undefined && piece.length > longest) longest = piece.length;
  return { maxTokenLength: longest };
}

/** Whether the result of every merge is a token. */
export const mergesAreTokens = (merges: readonly string[], ids: ReadonlyMap<string, number>): boolean =>
  merges.every((merge) => ids.has(merge.replace(' ', '')));

/** Whether every byte is a token, in the byte-level alphabet. */
export const bytesAreTokens = (ids: ReadonlyMap<string, number>): boolean =>
  BYTE_CHARACTERS.every((character) => ids.has(character));
