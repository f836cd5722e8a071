// Encodes words to ids. Words repeat, so the ids of recent words are cached and most words need one look-up. Long words
// are not cached: they rarely repeat, and their merges take long enough to need pauses.

import { finish, type Steps } from '../../base/steps.ts';
import type { WordOrPause } from '../pre-tokenizer/split-text.ts';
import type { WordSplitter } from './bpe.ts';

export interface WordEncoding {
  readonly splitter: WordSplitter;
  /** Converts a word to the string to which the merges apply; absent if they apply to the word itself. */
  convertWord?(word: string): string;
  /** Returns the id of a word that is encoded as one token regardless of the merges. */
  wordId?(convertedWord: string, word: string): number | undefined;
  /** Appends the ids of a piece to those of the pieces before it. */
  append(piece: string, ids: number[]): void;
}

/** Appends the ids of all `words` to `ids`. */
export type WordEncoder = (words: Iterable<WordOrPause>, ids: number[]) => Steps<void>;

const MAX_CACHED_WORDS = 20_000;
const MAX_CACHED_LENGTH = 64;
// Code units of short words between two pauses. The number is small, because code is slow until V8 has optimized it.
const PAUSE_UNITS = 256;
// Ids of a long word copied between two pauses.
const PAUSE_COPIED_IDS = 16_384;

export function createWordEncoder(encoding: WordEncoding): WordEncoder {
  const cache = new Map<string, readonly number[]>();
  const encodeCached = (word: string): readonly number[] => {
    const cached = cache.get(word);
    if (cached !== undefined) return cached;
    const ids: number[] = [];
    const steps = encodeWord(encoding, word, ids);
    if (steps !== undefined) finish(steps);
    // Clearing the full cache costs less than tracking the order of use.
    if (cache.size >= MAX_CACHED_WORDS) cache.clear();
    cache.set(flatCopy(word), ids);
    return ids;
  };
  return function* (words, ids) {
    let units = 0;
    for (const word of words) {
      if (word === undefined) {
        yield;
        continue;
      }
      if (word.length <= MAX_CACHED_LENGTH) for (const id of encodeCached(word)) ids.push(id);
      else yield* encodeLongWord(encoding, word, ids);
      units += word.length;
      if (units < PAUSE_UNITS) continue;
      units = 0;
      yield;
    }
  };
}

// A word is a slice of the text: as a cache key it would keep the whole text in memory.
const flatCopy = (word: string): string => word.split('').join('');

// Returns the remaining work, or undefined if `ids` is complete. This is not a generator, because a generator makes the
// encoding of uncached words a tenth slower.
function encodeWord(
  { splitter, convertWord, wordId, append }: WordEncoding,
  word: string,
  ids: number[],
): Steps<void> | undefined {
  const convertedWord = convertWord === undefined ? word : convertWord(word);
  const id = wordId?.(convertedWord, word);
  if (id === undefined) return splitter(convertedWord, (piece) => append(piece, ids));
  ids.push(id);
  return undefined;
}

function* encodeLongWord(encoding: WordEncoding, word: string, ids: number[]): Steps<void> {
  yield;
  // The ids are collected in a separate list, because the ids of a piece may depend on the previous piece of the same
  // word.
  const wordIds: number[] = [];
  const steps = encodeWord(encoding, word, wordIds);
  if (steps !== undefined) yield* steps;
  for (const [index, id] of wordIds.entries()) {
    ids.push(id);
    if (index % PAUSE_COPIED_IDS === PAUSE_COPIED_IDS - 1) yield;
  }
}
