// Reads the arrays of a vocabulary (`TokenizerVocabulary`), for all tokenizer models that are stored as arrays.

import { TOKEN_TYPE } from '../../base/model/token-type.ts';
import type { TokenizerVocabulary } from '../../base/model/tokenizer-data.ts';
import type { PairRank } from '../bpe/bpe.ts';
import { hasControlTokenForm, type WholeToken } from './vocabulary.ts';

/** The character that SentencePiece writes for a space. */
export const SPACE_SYMBOL = '\u2581';

export interface ClassifiedTokens {
  readonly special: ReadonlyMap<string, WholeToken>;
  /** matched in the original text */
  readonly added: ReadonlyMap<string, WholeToken>;
  /** matched in the normalized text */
  readonly normalized: ReadonlyMap<string, WholeToken>;
  /** returns whether plain text may produce the id by merging */
  readonly isMergeable: (id: number) => boolean;
}

/** Groups tokens by type. Plain text never produces control or unknown tokens. */
export function classifyTokens(data: TokenizerVocabulary): ClassifiedTokens {
  const special = new Map<string, WholeToken>();
  const addedTokens = new Map<string, WholeToken>();
  const normalized = new Map<string, WholeToken>();
  data.tokens.forEach((token, id) => {
    const type = data.tokenTypes[id];
    const { left: stripLeft = false, right: stripRight = false } = data.strips?.get(id) ?? {};
    const wholeToken: WholeToken = { id, stripLeft, stripRight };
    if (type === TOKEN_TYPE.control || type === TOKEN_TYPE.unknown) special.set(token, wholeToken);
    if (type !== TOKEN_TYPE.userDefined) return;
    const isNormalized = data.normalizedIds?.has(id) === true && !hasControlTokenForm(token);
    (isNormalized ? normalized : addedTokens).set(token, wholeToken);
  });
  const isMergeable = (id: number): boolean => {
    const type = data.tokenTypes[id];
    return type !== TOKEN_TYPE.control && type !== TOKEN_TYPE.unknown && type !== TOKEN_TYPE.byte;
  };
  return { special, added: addedTokens, normalized, isMergeable };
}

/** Returns the ids of accepted tokens by their string; if several tokens have the same string, the first id. */
export function tokenIds(
  data: TokenizerVocabulary,
  isAccepted: (id: number) => boolean,
): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  // From the last token on, so that the first id remains without a lookup for each token.
  for (let id = data.tokens.length - 1; id >= 0; id--) if (isAccepted(id)) ids.set(data.tokens[id]!, id);
  return ids;
}

/** Creates a function that ranks a pair by its position in a list of merges `left right`. */
export function createMergeRank(merges: readonly string[]): PairRank {
  const ranks = new Map<string, number>();
  merges.forEach((merge, rank) => {
    if (!ranks.has(merge)) ranks.set(merge, rank);
  });
  return (text, start, middle, end) => ranks.get(`${text.slice(start, middle)} ${text.slice(middle, end)}`);
}

/** Appends an id unless it is undefined: text without a token is dropped, as in llama.cpp. */
export function appendIfDefined(ids: number[], id: number | undefined): void {
  if (id !== undefined) ids.push(id);
}

/** Returns the ids of the byte tokens, by byte. */
export function readByteIds(data: TokenizerVocabulary): ReadonlyMap<number, number> {
  const byteIds = new Map<number, number>();
  data.tokens.forEach((token, id) => {
    const byte = data.tokenTypes[id] === TOKEN_TYPE.byte ? byteValue(token) : undefined;
    if (byte !== undefined) byteIds.set(byte, id);
  });
  return byteIds;
}

/** Returns the byte of a byte token, such as 10 for `<0x0A>`; undefined for other tokens. */
export function byteValue(piece: string): number | undefined {
  const digits = /^<0x([0-9A-Fa-f]{2})>$/.exec(piece)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}

const encoder = new TextEncoder();

/** Returns the bytes of a character-level token: its byte, or its text with U+2581 as spaces. */
export function tokenBytes(data: TokenizerVocabulary, id: number): Uint8Array {
  const piece = data.tokens[id] ?? '';
  const byte = data.tokenTypes[id] === TOKEN_TYPE.byte ? byteValue(piece) : undefined;
  return byte === undefined ? encoder.encode(piece.replaceAll(SPACE_SYMBOL, ' ')) : Uint8Array.of(byte);
}
