// Byte-pair encoding from the arrays of a GGUF (`tokenizer.ggml.model` is `gpt2` or `gemma4`). Most vocabularies merge
// bytes, each represented by a character. A few pre-tokenizers merge characters: a space is U+2581, and a character without
// a token becomes its byte tokens.

import { QuireError } from '../../base/errors.ts';
import type { TokenizerVocabulary } from '../../base/model/tokenizer-data.ts';
import { createWordSplitter } from '../bpe/bpe.ts';
import { createWordEncoder, type WordEncoding } from '../bpe/word-encoder.ts';
import { preTokenizerOf } from '../pre-tokenizer/pre-tokenizers.ts';
import { fromByteLevel, toByteLevel } from './byte-level.ts';
import { hasTokenForEveryByte, hasTokenForEveryMerge, maxTokenLength } from './longest-token.ts';
import { replaceSpaces } from './replace-spaces.ts';
import type { Vocabulary } from './vocabulary.ts';
import {
  appendIfDefined,
  classifyTokens,
  createMergeRank,
  readByteIds,
  SPACE_SYMBOL,
  tokenBytes,
  tokenIds,
} from './vocabulary-arrays.ts';

/** Creates the vocabulary. Throws `unsupported_tokenizer` for an unknown pre-tokenizer, `bad_tokenizer` without merges. */
export function createByteLevelVocabulary(data: TokenizerVocabulary): Vocabulary {
  const { split, ignoresMergesFor, characterLevel } = preTokenizerOf(data.pre);
  if (data.merges === undefined) {
    throw new QuireError('bad_tokenizer', 'the vocabulary has no merges', 'convert the model again');
  }
  const { special, added, isMergeable } = classifyTokens(data);
  const ids = tokenIds(data, isMergeable);
  const encode = createWordEncoder({
    splitter: createWordSplitter(createMergeRank(data.merges)),
    wordId: (convertedWord) => (ignoresMergesFor(convertedWord) ? ids.get(convertedWord) : undefined),
    ...(characterLevel ? createCharacterEncoding(data, ids) : createByteEncoding(data, ids)),
  });
  const encoder = new TextEncoder();
  return {
    pieces: data.tokens,
    special,
    added,
    leadingSpace: false,
    ...maxTokenLength(
      { pieces: data.tokens, special, added },
      hasTokenForEveryMerge(data.merges, ids) &&
        (characterLevel ? readByteIds(data).size === 256 : hasTokenForEveryByte(ids)),
    ),
    *encode(text, _place, out) {
      yield* encode(split(characterLevel ? yield* replaceSpaces(text, SPACE_SYMBOL) : text), out);
    },
    bytes(id) {
      const piece = data.tokens[id] ?? '';
      if (added.has(piece)) return encoder.encode(piece);
      return characterLevel ? tokenBytes(data, id) : (fromByteLevel(piece) ?? encoder.encode(piece));
    },
  };
}

type PieceEncoding = Pick<WordEncoding, 'convertWord' | 'append'>;
type Ids = ReadonlyMap<string, number>;

// A merged piece that is not a token is replaced by the tokens of its ASCII characters, as in llama.cpp. If none of
// them is a token, the piece becomes the unknown token, if the model has one.
function createByteEncoding({ unknownId }: TokenizerVocabulary, ids: Ids): PieceEncoding {
  return {
    convertWord: toByteLevel,
    append(piece, out) {
      const id = ids.get(piece);
      if (id !== undefined || piece.length === 1) return appendIfDefined(out, id ?? unknownId);
      const previousLength = out.length;
      for (const character of piece) if (character < '\x80') appendIfDefined(out, ids.get(character));
      if (out.length === previousLength) appendIfDefined(out, unknownId);
    },
  };
}

function createCharacterEncoding(data: TokenizerVocabulary, ids: Ids): PieceEncoding {
  const byteIds = readByteIds(data);
  const encoder = new TextEncoder();
  return {
    append(piece, out) {
      const id = ids.get(piece);
      if (id !== undefined) out.push(id);
      else for (const byte of encoder.encode(piece)) appendIfDefined(out, byteIds.get(byte));
    },
  };
}
