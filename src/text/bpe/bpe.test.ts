import fc from 'fast-check';
import { expect, it } from 'vitest';
import { finish } from '../../base/steps.ts';
import { createMergeRank } from '../vocabulary/vocabulary-arrays.ts';
import { createWordSplitter, type PairRank } from './bpe.ts';

function splitWith(rank: PairRank): (word: string) => string[] {
  const splitter = createWordSplitter(rank);
  return (word) => {
    const pieces: string[] = [];
    finish(splitter(word, (piece) => pieces.push(piece)));
    return pieces;
  };
}

it('createWordSplitter merges the example in bpe.ts', () => {
  const split = splitWith(createMergeRank(['l o', 'lo w', 'e r']));
  expect(split('lower')).toEqual(['low', 'er']);
  expect(split('')).toEqual([]);
  expect(split('x')).toEqual(['x']);
});

it('createWordSplitter merges the leftmost of several pairs with the same rank first', () => {
  expect(splitWith(createMergeRank(['a a']))('aaaaa')).toEqual(['aa', 'aa', 'a']);
});

it('createWordSplitter treats a surrogate pair or a lone surrogate as one piece', () => {
  const split = splitWith(() => undefined);
  expect(split('a\u{1F600}\ud83dz')).toEqual(['a', '\u{1F600}', '\ud83d', 'z']);
});

// The definition of BPE without optimizations: find the pair with the smallest rank, merge it, repeat.
function referenceSplit(word: string, ranks: ReadonlyMap<string, number>): string[] {
  let pieces = Array.from(word);
  for (;;) {
    let minRank = Number.POSITIVE_INFINITY;
    let minIndex = 0;
    for (let index = 0; index + 1 < pieces.length; index++) {
      const rank = ranks.get(`${pieces[index]} ${pieces[index + 1]}`) ?? Number.POSITIVE_INFINITY;
      if (rank < minRank) [minRank, minIndex] = [rank, index];
    }
    if (minRank === Number.POSITIVE_INFINITY) return pieces;
    pieces = [
      ...pieces.slice(0, minIndex),
      `${pieces[minIndex]}${pieces[minIndex + 1]}`,
      ...pieces.slice(minIndex + 2),
    ];
  }
}

it('createWordSplitter returns the same pieces as a direct implementation for random merges and words', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 });
  const merges = fc.uniqueArray(
    fc.tuple(piece, piece).map((pair) => pair.join(' ')),
    { maxLength: 30 },
  );
  const randomWord = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 40 });
  fc.assert(
    fc.property(merges, fc.array(randomWord, { maxLength: 3 }), (list, words) => {
      const split = splitWith(createMergeRank(list));
      const ranks = new Map(list.map((merge, rank) => [merge, rank]));
      // Splits several words, because the workspace is reused.
      for (const word of words) expect(split(word)).toEqual(referenceSplit(word, ranks));
    }),
  );
});

it('a word splitter splits several words concurrently', () => {
  const rank = createMergeRank(['a b', 'ab ab', 'b a']);
  const splitter = createWordSplitter(rank);
  const words = ['ab'.repeat(2000), 'ba'.repeat(1500), `x${'aab'.repeat(1000)}`];
  const results = words.map((): string[] => []);
  let unfinished = words.map((word, index) => splitter(word, (piece) => results[index]?.push(piece)));
  while (unfinished.length > 0) unfinished = unfinished.filter((steps) => steps.next().done !== true);
  expect(results).toEqual(words.map(splitWith(rank)));
});
