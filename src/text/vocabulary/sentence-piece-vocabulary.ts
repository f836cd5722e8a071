// SentencePiece BPE (`tokenizer.ggml.model` is `llama`, or a tokenizer.model). There is no list of merges: two adjacent
// pieces merge if they form a token; the pair whose token has the highest score merges first. Spaces are U+2581. A
// character without a token becomes the tokens of its UTF-8 bytes (Kudo and Richardson 2018).

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
  SPACE_SYMBOL,
  tokenBytes,
  tokenIds,
} from './vocabulary-arrays.ts';

/** Creates the vocabulary. Throws `bad_tokenizer` if the vocabulary has no scores. */
export function createSentencePieceVocabulary(data: TokenizerVocabulary): Vocabulary {
  const { special, added, normalized, isMergeable } = classifyTokens(data);
  const ids = tokenIds(data, isMergeable);
  const encode = createWordEncoder({
    splitter: createWordSplitter(createScoreRank(data, ids)),
    append: createPieceAppender(data, ids),
  });
  const encoder = new TextEncoder();
  const encodeWholeTokens = createWholeTokenEncoder(normalized);
  const encodePart: EncodeSegment = (text, _place, out) => encode([text], out);
  const prefix = (place: TextPlace): string =>
    data.addSpacePrefix && place !== 'inside' ? SPACE_SYMBOL : '';
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
      const strippedText = data.removeExtraSpaces === true ? yield* removeExtraSpaces(text, place) : text;
      if (strippedText === '') return;
      // The text between two whole tokens is one word.
      yield* encodeWholeTokens(
        prefix(place) + (yield* replaceSpaces(strippedText, SPACE_SYMBOL)),
        place,
        out,
        encodePart,
      );
    },
    bytes(id) {
      const piece = data.tokens[id] ?? '';
      return added.has(piece) ? encoder.encode(piece) : tokenBytes(data, id);
    },
  };
}

function createScoreRank(data: TokenizerVocabulary, ids: ReadonlyMap<string, number>): PairRank {
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
function createPieceAppender(data: TokenizerVocabulary, ids: ReadonlyMap<string, number>) {
  const byteIds = readByteIds(data);
  const encoder = new TextEncoder();
  const { unknownId } = data;
  return (piece: string, out: number[]): void => {
    const id = ids.get(piece);
    if (id !== undefined) out.push(id);
    else if (byteIds.size === 0) appendUnknown(out, unknownId);
    else for (const byte of encoder.encode(piece)) appendIfDefined(out, byteIds.get(byte) ?? unknownId);
  };
}

function appendUnknown(out: number[], unknownId: number | undefined): void {
  if (out.at(-1) !== unknownId) appendIfDefined(out, unknownId);
}

// Collapses runs of spaces and trims both ends, except a space at the start of a text with the place `inside`, because it
// may separate two words.
function* removeExtraSpaces(text: string, place: TextPlace): Steps<string> {
  const collapsed = yield* collapseSpaces(text);
  const start = place !== 'inside' && collapsed.startsWith(' ') ? 1 : 0;
  return collapsed.slice(
    start,
    collapsed.endsWith(' ') ? Math.max(start, collapsed.length - 1) : collapsed.length,
  );
}
