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

it('merges the worked example', () => {
  const split = splitWith(createMergeRank(['l o', 'lo w', 'e r']));
  expect(split('lower')).toEqual(['low', 'er']);
  expect(split('')).toEqual([]);
  expect(split('x')).toEqual(['x']);
});

it('merges the leftmost of equal ranks first', () => {
  expect(splitWith(createMergeRank(['a a']))('aaaaa')).toEqual(['aa', 'aa', 'a']);
});

it('keeps surrogate pairs together and lone surrogates apart', () => {
  const split = splitWith(() => undefined);
  expect(split('a\u{1F600}\ud83dz')).toEqual(['a', '\u{1F600}', '\ud83d', 'z']);
});

// The definition, literally: find the best pair, merge it, repeat.
function slowSplit(word: string, ranks: ReadonlyMap<string, number>): string[] {
  let pieces = Array.from(word);
  for (;;) {
    let best = Number.POSITIVE_INFINITY;
    let at = 0;
    for (let index = 0; index + 1 < pieces.length; index++) {
      const rank = ranks.get(`${pieces[index]} ${pieces[index + 1]}`) ?? Number.POSITIVE_INFINITY;
      if (rank < best) [best, at] = [rank, index];
    }
    if (best === Number.POSITIVE_INFINITY) return pieces;
    pieces = [...pieces.slice(0, at), `${pieces[at]}${pieces[at + 1]}`, ...pieces.slice(at + 2)];
  }
}

it('matches the definition', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 });
  const merges = fc.uniqueArray(
    fc.tuple(piece, piece).map((pair) => pair.join(' ')),
    { maxLength: 30 },
  );
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 40 });
  fc.assert(
    fc.property(merges, fc.array(word, { maxLength: 3 }), (list, words) => {
      const split = splitWith(createMergeRank(list));
      const ranks = new Map(list.map((merge, rank) => [merge, rank]));
      // several words, because the workspace is reused
      for (const one of words) expect(split(one)).toEqual(slowSplit(one, ranks));
    }),
  );
});

it('splits several words at once', () => {
  const rank = createMergeRank(['a b', 'ab ab', 'b a']);
  const splitter = createWordSplitter(rank);
  const words = ['ab'.repeat(2000), 'ba'.repeat(1500), `x${'aab'.repeat(1000)}`];
  const results = words.map((): string[] => []);
  let running = words.map((word, index) => splitter(word, (piece) => results[index]?.push(piece)));
  while (running.length > 0) running = running.filter((one) => one.next().done !== true);
  expect(results).toEqual(words.map(splitWith(rank)));
});
