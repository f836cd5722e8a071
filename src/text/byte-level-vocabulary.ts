// Byte-level BPE from the arrays of a GGUF (`tokenizer.ggml.model` is `gpt2`).

import { QuireError } from '../base/errors.ts';
import type { TokenizerVocabulary } from '../base/tokenizer-data.ts';
import { createWordSplitter } from './bpe.ts';
import { fromByteLevel, toByteLevel } from './byte-level.ts';
import { patternOf } from './pre-tokenizers.ts';
import type { Vocabulary } from './vocabulary.ts';
import { mergeTable, sortTokens, tokenIds } from './vocabulary-arrays.ts';
import { createWordCache } from './word-cache.ts';

/** Throws `unsupported_tokenizer` for an unknown pre-tokenizer, `bad_tokenizer` without merges. */
export function createByteLevelVocabulary(data: TokenizerVocabulary): Vocabulary {
  const pattern = patternOf(data.pre ?? 'default');
  if (data.merges === undefined) {
    throw new QuireError('bad_tokenizer', 'the vocabulary has no merges', 'convert the model again');
  }
  const { special, added, mergeable } = sortTokens(data);
  const ids = tokenIds(data, mergeable);
  const split = createWordSplitter(mergeTable(data.merges));
  const encodeWord = createWordCache((word) =>
    split(toByteLevel(word)).flatMap((piece) => ids.get(piece) ?? data.unknownId ?? []),
  );
  const encoder = new TextEncoder();
  return {
    pieces: data.tokens,
    special,
    added,
    leadingSpace: false,
    encode: (text) => (text.match(pattern) ?? []).flatMap(encodeWord),
    bytes(id) {
      const piece = data.tokens[id] ?? '';
      const spelled = added.has(piece) ? undefined : fromByteLevel(piece);
      return spelled ?? encoder.encode(piece);
    },
  };
}
