// Byte-pair encoding from the arrays of a GGUF (`tokenizer.ggml.model` is `gpt2` or `gemma4`): over bytes, each
// spelled as a character, or, for the few pre-tokenizers that say so, over the characters themselves, a space
// being U+2581 and a character without a token the tokens of its bytes.

import { QuireError } from '../../base/errors.ts';
import type { TokenizerVocabulary } from '../../base/model/tokenizer-data.ts';
import { createWordSplitter } from '../bpe/bpe.ts';
import { createWordEncoder, type WordEncoding } from '../bpe/word-encoder.ts';
import { preTokenizerOf } from '../pre-tokenizer/pre-tokenizers.ts';
import { fromByteLevel, toByteLevel } from './byte-level.ts';
import { bytesAreTokens, longestToken, mergesAreTokens } from './longest-token.ts';
import { replaceSpaces } from './replace-spaces.ts';
import type { Vocabulary } from './vocabulary.ts';
import {
  appendId,
  mergeTable,
  readByteIds,
  SPACE,
  sortTokens,
  tokenBytes,
  tokenIds,
} from './vocabulary-arrays.ts';

/** Throws `unsupported_tokenizer` for an unknown pre-tokenizer, `bad_tokenizer` without merges. */
export function createByteLevelVocabulary(data: TokenizerVocabulary): Vocabulary {
  const { words, takesWhole, characters } = preTokenizerOf(data.pre);
  if (data.merges === undefined) {
    throw new QuireError('bad_tokenizer', 'the vocabulary has no merges', 'convert the model again');
  }
  const { special, added, mergeable } = sortTokens(data);
  const ids = tokenIds(data, mergeable);
  const encode = createWordEncoder({
    splitter: createWordSplitter(mergeTable(data.merges)),
    whole: (spelled) => (takesWhole(spelled) ? ids.get(spelled) : undefined),
    ...(characters ? overCharacters(data, ids) : overBytes(data, ids)),
  });
  const encoder = new TextEncoder();
  return {
    pieces: data.tokens,
    special,
    added,
    leadingSpace: false,
    ...longestToken(
      { pieces: data.tokens, special, added },
      mergesAreTokens(data.merges, ids) &&
        (characters ? readByteIds(data).size === 256 : bytesAreTokens(ids)),
    ),
    *encode(text, _place, out) {
      yield* encode(words(characters ? yield* replaceSpaces(text, SPACE) : text), out);
    },
    bytes(id) {
      const piece = data.tokens[id] ?? '';
      if (added.has(piece)) return encoder.encode(piece);
      return characters ? tokenBytes(data, id) : (fromByteLevel(piece) ?? encoder.encode(piece));
    },
  };
}

type Spelling = Pick<WordEncoding, 'spell' | 'append'>;
type Ids = ReadonlyMap<string, number>;

// What was merged and is no token is spelled by its ASCII characters, as llama.cpp does; what none of them spells is the
// unknown token, where there is one.
function overBytes({ unknownId }: TokenizerVocabulary, ids: Ids): Spelling {
  return {
    spell: toByteLevel,
    append(piece, out) {
      const known = ids.get(piece);
      if (known !== undefined || piece.length === 1) return appendId(out, known ?? unknownId);
      const before = out.length;
      for (const character of piece) if (character < '\x80') appendId(out, ids.get(character));
      if (out.length === before) appendId(out, unknownId);
    },
  };
}

function overCharacters(data: TokenizerVocabulary, ids: Ids): Spelling {
  const byteIds = readByteIds(data);
  const encoder = new TextEncoder();
  return {
    append(piece, out) {
      const known = ids.get(piece);
      if (known !== undefined) out.push(known);
      else for (const byte of encoder.encode(piece)) appendId(out, byteIds.get(byte));
    },
  };
}
