// Computes the largest number of characters that one token can represent. A text with more characters than this number
// times the token limit is rejected without encoding it. The number is unknown if encoding may drop parts of a text.

import { BYTE_CHARACTERS } from '../../base/model/byte-characters.ts';
import type { Vocabulary } from './vocabulary.ts';

type Tokens = Pick<Vocabulary, 'pieces' | 'special' | 'added'>;

/**
 * Returns the field `maxTokenLength` of a vocabulary; an empty object if encoding may drop parts of a text.
 * @param isLossless whether encoding keeps all text outside special and added tokens
 */
export function maxTokenLength(
  { pieces, special, added }: Tokens,
  isLossless: boolean,
): Pick<Vocabulary, 'maxTokenLength'> {
  const anyTokenStrips = [...special.values(), ...added.values()].some(
    ({ stripLeft, stripRight }) => stripLeft || stripRight,
  );
  if (anyTokenStrips || !isLossless) return {};
  let maxLength = 1;
  for (const piece of pieces) if (piece !== undefined && piece.length > maxLength) maxLength = piece.length;
  return { maxTokenLength: maxLength };
}

/** Returns whether the result of every merge is a token. */
export const hasTokenForEveryMerge = (merges: readonly string[], ids: ReadonlyMap<string, number>): boolean =>
  merges.every((merge) => ids.has(merge.replace(' ', '')));

/** Returns whether every byte is a token, in the byte-level alphabet. */
export const hasTokenForEveryByte = (ids: ReadonlyMap<string, number>): boolean =>
  BYTE_CHARACTERS.every((character) => ids.has(character));
