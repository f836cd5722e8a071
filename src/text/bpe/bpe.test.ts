import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mergeTable } from '../vocabulary/vocabulary-arrays.ts';
import { createWordSplitter } from './bpe.ts';

it('merges as the worked example says', () => {
  const { split } = createWordSplitter(mergeTable(['l o', 'lo w', 'e r']));
  expect(split('lower')).toEqual(['low', 'er']);
  expect(split('')).toEqual([]);
  expect(split('x')).toEqual(['x']);
});

it('merges the leftmost of equals first', () => {
  expect(createWordSplitter(mergeTable(['a a'])).split('aaaaa')).toEqual(['aa', 'aa', 'a']);
});

it('keeps pairs of surrogates together and lone ones apart', () => {
  const { split } = createWordSplitter(() => undefined);
  expect(split('a\u{1F600}\ud83dz')).toEqual(['a', '\u{1F600}', '\ud83d', 'z']);
});

// The definition, word for word: look for the best pair, merge it, look again.
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

it('does what the definition says', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 });
  const merges = fc.uniqueArray(
    fc.tuple(piece, piece).map((pair) => pair.join(' ')),
    { maxLength: 30 },
  );
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 40 });
  fc.assert(
    fc.property(merges, fc.array(word, { maxLength: 3 }), (list, words) => {
      const { split } = createWordSplitter(mergeTable(list));
      const ranks = new Map(list.map((merge, rank) => [merge, rank]));
      // several words, because the working memory is used again
      for (const one of words) expect(split(one)).toEqual(slowSplit(one, ranks));
    }),
  );
});

it('splits words in turns with each other', () => {
  const { split, steps } = createWordSplitter(mergeTable(['a b', 'ab ab', 'b a']));
  const words = ['ab'.repeat(2000), 'ba'.repeat(1500), `x${'aab'.repeat(1000)}`];
  const results = words.map((): string[] => []);
  let running = words.map((word, index) => steps(word, (piece) => results[index]?.push(piece)));
  while (running.length > 0) running = running.filter((one) => one.next().done !== true);
  expect(results).toEqual(words.map(split));
});
