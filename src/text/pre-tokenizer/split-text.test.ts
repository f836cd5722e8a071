import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chainSplitters,
  splitByPattern,
  splitDigits,
  type TextSplitter,
  type WordOrPause,
} from './split-text.ts';

const piecesOf = (split: TextSplitter, text: string): WordOrPause[] => [...split(text)];

describe('splitByPattern', () => {
  it('yields matches and gaps', () => {
    expect(piecesOf(splitByPattern(/\d+/gu), 'a12b3')).toEqual(['a', '12', 'b', '3']);
    expect(piecesOf(splitByPattern(/\d+/gu), '12')).toEqual(['12']);
    expect(piecesOf(splitByPattern(/\d+/gu), '')).toEqual([]);
  });

  it('omits matches or gaps if requested', () => {
    expect(piecesOf(splitByPattern(/\d/gu, { matches: false, gaps: true }), 'a1b')).toEqual(['a', 'b']);
    expect(piecesOf(splitByPattern(/\d/gu, { matches: true, gaps: false }), 'a1b')).toEqual(['1']);
  });

  it('splits once at an empty match, and never within a character', () => {
    expect(piecesOf(splitByPattern(/(?=\d)/gu), 'a12')).toEqual(['a', '1', '2']);
    expect(piecesOf(splitByPattern(/(?:)/gu), '\u{1F600}a')).toEqual(['\u{1F600}', 'a']);
  });

  it('yields the matches of the pattern, even if two texts are split concurrently', () => {
    const pattern = /'s|[a-c]+|\s+(?!\S)|\s+/gu;
    const split = splitByPattern(pattern, { matches: true, gaps: false });
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', 'x', ' ', "'", 's', '\u{1F600}') });
    fc.assert(
      fc.property(texts, texts, (text, otherText) => {
        const iterator = split(text)[Symbol.iterator]();
        const foundPieces: WordOrPause[] = [];
        for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
          foundPieces.push(next.value);
          for (const piece of split(otherText)) expect(otherText).toContain(piece ?? '?');
        }
        expect(foundPieces).toEqual(text.match(pattern) ?? []);
      }),
    );
  });
});

describe('splitDigits', () => {
  const splitIsolated = splitDigits({ run: /\d+/gu, isIsolated: true });
  const splitNotIsolated = splitDigits({ run: /\d+/gu, isIsolated: false });

  it.each([
    ['1', ['1']],
    ['123', ['123']],
    ['1234', ['1', '234']],
    ['a1234567b', ['a', '1', '234', '567', 'b']],
    ['12 345', ['12', ' ', '345']],
  ])('splits the digits of %s into groups of three from the right', (text, expected) => {
    expect(piecesOf(splitIsolated, text)).toEqual(expected);
  });

  it('without isolation, splits only before each group, like splitByPattern with an empty match', () => {
    const splitByLookahead = splitByPattern(/(?=(?:\d{3})+(?!\d))/gu);
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('1', '2', 'a') }), (text) => {
        expect(piecesOf(splitNotIsolated, text)).toEqual(piecesOf(splitByLookahead, text));
      }),
    );
  });

  it('counts characters, not code units', () => {
    const splitDigitRuns = splitDigits({ run: /\p{Nd}+/gu, isIsolated: true });
    expect(piecesOf(splitDigitRuns, '\u{1d7ce}1\u{1d7d0}3')).toEqual(['\u{1d7ce}', '1\u{1d7d0}3']);
  });
});

it('chainSplitters applies each splitter to the pieces of the previous splitter', () => {
  const split = chainSplitters([splitByPattern(/b/gu), splitByPattern(/^a/gu)]);
  // The ^ of the second pattern matches at the start of each piece.
  expect(piecesOf(split, 'aabaa')).toEqual(['a', 'a', 'b', 'a', 'a']);
  expect(piecesOf(chainSplitters([]), 'ab')).toEqual(['ab']);
});

it('chainSplitters pauses in long scans and yields the whole text', () => {
  const text = `${'a'.repeat(10_000)}1${'b'.repeat(10_000)}`;
  const split = chainSplitters([splitByPattern(/\d/gu), splitByPattern(/c/gu)]);
  const foundPieces = piecesOf(split, text);
  // Two patterns each scan two parts.
  expect(foundPieces.filter((piece) => piece === undefined)).toHaveLength(4);
  expect(foundPieces.join('')).toBe(text);
});

it('splitDigits finds digits across the parts of a long text', () => {
  const split = splitDigits({ run: /\p{N}+/gu, isIsolated: true });
  for (const unitsBefore of [4090, 4094, 4095, 4096, 4097]) {
    const [left, right] = ['\u{1f600}'.repeat(unitsBefore >> 1), 'x'.repeat(9000)];
    const text = `${left}${'1'.repeat(4)}${right}${'2'.repeat(9000)}`;
    const foundPieces = piecesOf(split, text).filter((piece) => piece !== undefined);
    expect(foundPieces).toEqual([left, '1', '111', right, ...Array(3000).fill('222')]);
  }
});
