// Words to ids. Words repeat: the ids of those met lately are kept, so that most of a text is one look-up a
// word. A long word rarely comes again, and its merges take long enough to need pauses.

import type { Steps } from '../../base/steps.ts';
import type { WordOrPause } from '../pre-tokenizer/split-text.ts';
import type { WordSplitter } from './bpe.ts';

export interface WordEncoding {
  readonly splitter: WordSplitter;
  /** the word as its merges see it; the word itself where absent */
  spell?(word: string): string;
  /** the id of a spelled word that is taken whole, whatever its merges would give */
  whole?(spelled: string, word: string): number | undefined;
  /** Appends the ids of a piece to those of the pieces before it. */
  append(piece: string, ids: number[]): void;
}

/** Appends the ids of all `words`. */
export type WordEncoder = (words: Iterable<WordOrPause>, ids: number[]) => Steps<void>;

const MAX_CACHED_WORDS = 20_000;
const SHORT_LENGTH = 64;
// Characters of short words between two pauses: little, because a program that has just begun is slow.
const PAUSE = 256;
// Ids of a long word that are copied between two pauses.
const COPY_PAUSE = 16_384;

export function createWordEncoder(encoding: WordEncoding): WordEncoder {
  const cache = new Map<string, readonly number[]>();
  const short = (word: string): readonly number[] => {
    const known = cache.get(word);
    if (known !== undefined) return known;
    const ids = encodeShort(encoding, word);
    // Starting afresh now and then costs less than keeping an order of use.
    if (cache.size >= MAX_CACHED_WORDS) cache.clear();
    cache.set(copyOf(word), ids);
    return ids;
  };
  return function* (words, ids) {
    let work = 0;
    for (const word of words) {
      if (word === undefined) {
        yield;
        continue;
      }
      if (word.length <= SHORT_LENGTH) for (const id of short(word)) ids.push(id);
      else yield* encodeLong(encoding, word, ids);
      work += word.length;
      if (work < PAUSE) continue;
      work = 0;
      yield;
    }
  };
}

// A word is a view of the text that it was cut from, and would keep that in memory for as long as it is kept.
const copyOf = (word: string): string => word.split('').join('');

function encodeShort({ splitter, spell, whole, append }: WordEncoding, word: string): number[] {
  const spelled = spell === undefined ? word : spell(word);
  const id = whole?.(spelled, word);
  if (id !== undefined) return [id];
  const ids: number[] = [];
  for (const piece of splitter.split(spelled)) append(piece, ids);
  return ids;
}

function* encodeLong(encoding: WordEncoding, word: string, ids: number[]): Steps<void> {
  const { splitter, spell, whole, append } = encoding;
  const spelled = spell === undefined ? word : spell(word);
  const id = whole?.(spelled, word);
  if (id !== undefined) {
    ids.push(id);
    return;
  }
  yield;
  // The word's own list: what a piece becomes may depend on the one before it in the word.
  const own: number[] = [];
  yield* splitter.steps(spelled, (piece) => append(piece, own));
  for (const [index, one] of own.entries()) {
    ids.push(one);
    if (index % COPY_PAUSE === COPY_PAUSE - 1) yield;
  }
}
