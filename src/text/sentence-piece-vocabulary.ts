// SentencePiece BPE from the arrays of a GGUF (`tokenizer.ggml.model` is `llama`). There are no merges: two
// neighbours merge when together they are a token, the one with the highest score first. Spaces are U+2581;
// a character without a token becomes the tokens of its UTF-8 bytes (Kudo and Richardson 2018).

import { QuireError } from '../base/errors.ts';
import type { TokenizerVocabulary } from '../base/tokenizer-data.ts';
import { createWordSplitter } from './bpe.ts';
import type { TextPlace, Vocabulary } from './vocabulary.ts';
import { sortTokens, TOKEN_TYPE, tokenIds } from './vocabulary-arrays.ts';

const SPACE = '\u2581';

/** Throws `bad_tokenizer` when the vocabulary has no scores. */
export function createSentencePieceVocabulary(data: TokenizerVocabulary): Vocabulary {
  const { special, added, mergeable } = sortTokens(data);
  const ids = tokenIds(data, mergeable);
  const byteIds = readByteIds(data);
  const split = createWordSplitter(scoreRank(data, ids));
  const encoder = new TextEncoder();
  const fallback = (piece: string): number[] =>
    Array.from(encoder.encode(piece), (byte) => byteIds.get(byte) ?? data.unknownId).filter(
      (id) => id !== undefined,
    );
  const prefix = (place: TextPlace): string => (data.addSpacePrefix && place !== 'inside' ? SPACE : '');
  return {
    pieces: data.tokens,
    special,
    added,
    leadingSpace: data.addSpacePrefix,
    encode(text, place) {
      const word = prefix(place) + text.replaceAll(' ', SPACE);
      return split(word).flatMap((piece) => ids.get(piece) ?? fallback(piece));
    },
    bytes(id) {
      const piece = data.tokens[id] ?? '';
      const byte = data.tokenTypes[id] === TOKEN_TYPE.byte ? byteValue(piece) : undefined;
      if (byte !== undefined) return Uint8Array.of(byte);
      return encoder.encode(added.has(piece) ? piece : piece.replaceAll(SPACE, ' '));
    },
  };
}

function scoreRank(data: TokenizerVocabulary, ids: ReadonlyMap<string, number>) {
  const { scores } = data;
  if (scores === undefined) {
    throw new QuireError('bad_tokenizer', 'the vocabulary has no scores', 'convert the model again');
  }
  return (text: string, start: number, _middle: number, end: number): number | undefined => {
    const id = ids.get(text.slice(start, end));
    return id === undefined ? undefined : -(scores[id] as number);
  };
}

function readByteIds(data: TokenizerVocabulary): ReadonlyMap<number, number> {
  const byteIds = new Map<number, number>();
  data.tokens.forEach((token, id) => {
    const byte = data.tokenTypes[id] === TOKEN_TYPE.byte ? byteValue(token) : undefined;
    if (byte !== undefined) byteIds.set(byte, id);
  });
  return byteIds;
}

/** 10 of `<0x0A>`; undefined for any other spelling. */
export function byteValue(piece: string): number | undefined {
  const digits = /^<0x([0-9A-Fa-f]{2})>$/.exec(piece)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}
