// SentencePiece BPE (`tokenizer.ggml.model` is `llama`, or a tokenizer.model). There is no list of merges: two neighbours
// merge when together they are a token, the highest score first. Spaces are U+2581. A character without a token becomes
// the tokens of its UTF-8 bytes (Kudo and Richardson 2018).

import { QuireError } from '../../base/errors.ts';
import type { TokenizerVocabulary } from '../../base/model/tokenizer-data.ts';
import type { Steps } from '../../base/steps.ts';
import { createWordSplitter, type PairRank } from '../bpe/bpe.ts';
import { createWordEncoder } from '../bpe/word-encoder.ts';
import { createWholeTokenEncoder, type EncodeSegment } from '../special-tokens/whole-tokens.ts';
import { maxTokenLength } from './longest-token.ts';
import { collapseSpaces, replaceSpaces } from './replace-spaces.ts';
import type { TextPlace, Vocabulary } from './vocabulary.ts';
import {
  appendIfDefined,
  classifyTokens,
  readByteIds,
  SPACE,
  tokenBytes,
  tokenIds,
} from './vocabulary-arrays.ts';

/** Throws `bad_tokenizer` when the vocabulary has no scores. */
export function createSentencePieceVocabulary(data: TokenizerVocabulary): Vocabulary {
  const { special, added, normalized, mergeable } = classifyTokens(data);
  const ids = tokenIds(data, mergeable);
  const encode = createWordEncoder({
    splitter: createWordSplitter(scoreRank(data, ids)),
    append: appendPiece(data, ids),
  });
  const encoder = new TextEncoder();
  const split = createWholeTokenEncoder(normalized);
  const encodePart: EncodeSegment = (text, _place, out) => encode([text], out);
  const prefix = (place: TextPlace): string => (data.addSpacePrefix && place !== 'inside' ? SPACE : '');
  return {
    pieces: data.tokens,
    special,
    added,
    leadingSpace: data.addSpacePrefix,
    ...maxTokenLength(
      { pieces: data.tokens, special, added: new Map([...added, ...normalized]) },
      data.removeExtraSpaces !== true && readByteIds(data).size === 256,
    ),
    *encode(text, place, out) {
      const kept = data.removeExtraSpaces === true ? yield* removeExtraSpaces(text, place) : text;
      if (kept === '') return;
      // The text between two whole tokens is one word.
      yield* split(prefix(place) + (yield* replaceSpaces(kept, SPACE)), place, out, encodePart);
    },
    bytes(id) {
      const piece = data.tokens[id] ?? '';
      return added.has(piece) ? encoder.encode(piece) : tokenBytes(data, id);
    },
  };
}

function scoreRank(data: TokenizerVocabulary, ids: ReadonlyMap<string, number>): PairRank {
  const { scores } = data;
  if (scores === undefined) {
    throw new QuireError('bad_tokenizer', 'the vocabulary has no scores', 'convert the model again');
  }
  return (text, start, _middle, end) => {
    const id = ids.get(text.slice(start, end));
    return id === undefined ? undefined : -(scores[id] as number);
  };
}

// Without byte tokens, a run of unknown characters is one unknown token.
function appendPiece(data: TokenizerVocabulary, ids: ReadonlyMap<string, number>) {
  const byteIds = readByteIds(data);
  const encoder = new TextEncoder();
  const { unknownId } = data;
  return (piece: string, out: number[]): void => {
    const known = ids.get(piece);
    if (known !== undefined) out.push(known);
    else if (byteIds.size === 0) appendUnknown(out, unknownId);
    else for (const byte of encoder.encode(piece)) appendIfDefined(out, byteIds.get(byte) ?? unknownId);
  };
}

function appendUnknown(out: number[], unknownId: number | undefined): void {
  if (out.at(-1) !== unknownId) appendIfDefined(out, unknownId);
}

// Collapses runs of spaces and trims both ends. Inside a text the first space stays, because it may separate two words.
function* removeExtraSpaces(text: string, place: TextPlace): Steps<string> {
  const joined = yield* collapseSpaces(text);
  const start = place !== 'inside' && joined.startsWith(' ') ? 1 : 0;
  return joined.slice(start, joined.endsWith(' ') ? Math.max(start, joined.length - 1) : joined.length);
}
