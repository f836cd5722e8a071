import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chainSplitters,
  splitByPattern,
  splitDigits,
  type TextSplitter,
  type WordOrPause,
} from './split-text.ts';

const pieces = (cut: TextSplitter, text: string): WordOrPause[] => [...cut(text)];

describe('by a pattern', () => {
  it('keeps matches and gaps', () => {
    expect(pieces(splitByPattern(/\d+/gu), 'a12b3')).toEqual(['a', '12', 'b', '3']);
    expect(pieces(splitByPattern(/\d+/gu), '12')).toEqual(['12']);
    expect(pieces(splitByPattern(/\d+/gu), '')).toEqual([]);
  });

  it('drops matches or gaps on request', () => {
    expect(pieces(splitByPattern(/\d/gu, { matches: false, gaps: true }), 'a1b')).toEqual(['a', 'b']);
    expect(pieces(splitByPattern(/\d/gu, { matches: true, gaps: false }), 'a1b')).toEqual(['1']);
  });

  it('splits once at an empty match, and not within a character', () => {
    expect(pieces(splitByPattern(/(?=\d)/gu), 'a12')).toEqual(['a', '1', '2']);
    expect(pieces(splitByPattern(/(?:)/gu), '\u{1F600}a')).toEqual(['\u{1F600}', 'a']);
  });

  it('yields the matches of the pattern, also on two texts at once', () => {
    const pattern = /'s|[a-c]+|\s+(?!\S)|\s+/gu;
    const cut = splitByPattern(pattern, { matches: true, gaps: false });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'x', ' ', "'", 's', '\u{1F600}') });
    fc.assert(
      fc.property(text, text, (one, other) => {
        const first = cut(one)[Symbol.iterator]();
        const found: WordOrPause[] = [];
        for (let next = first.next(); next.done !== true; next = first.next()) {
          found.push(next.value);
          for (const piece of cut(other)) expect(other).toContain(piece ?? '?');
        }
        expect(found).toEqual(one.match(pattern) ?? []);
      }),
    );
  });
});

describe('digits in groups of three from the right', () => {
  const isolated = splitDigits({ run: /\d+/gu, isolated: true });
  const within = splitDigits({ run: /\d+/gu, isolated: false });

  it.each([
    ['1', ['1']],
    ['123', ['123']],
    ['1234', ['1', '234']],
    ['a1234567b', ['a', '1', '234', '567', 'b']],
    ['12 345', ['12', ' ', '345']],
  ])('isolates %s', (text, expected) => {
    expect(pieces(isolated, text)).toEqual(expected);
  });

  it('splits only within a run, like an empty match before each group', () => {
    const lookahead = splitByPattern(/(?=(?:\d{3})+(?!\d))/gu);
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('1', '2', 'a') }), (text) => {
        expect(pieces(within, text)).toEqual(pieces(lookahead, text));
      }),
    );
  });

  it('counts characters, not code units', () => {
    const bold = splitDigits({ run: /\p{Nd}+/gu, isolated: true });
    expect(pieces(bold, '\u{1d7ce}1\u{1d7d0}3')).toEqual(['\u{1d7ce}', '1\u{1d7d0}3']);
  });
});

it('applies each splitter to the pieces of the previous one', () => {
  const cut = chainSplitters([splitByPattern(/b/gu), splitByPattern(/^a/gu)]);
  // The second anchors at the start of pieces, not of the text.
  expect(pieces(cut, 'aabaa')).toEqual(['a', 'a', 'b', 'a', 'a']);
  expect(pieces(chainSplitters([]), 'ab')).toEqual(['ab']);
});

it('pauses in long scans, and loses nothing', () => {
  const text = `${'a'.repeat(10_000)}1${'b'.repeat(10_000)}`;
  const cut = chainSplitters([splitByPattern(/\d/gu), splitByPattern(/c/gu)]);
  const found = pieces(cut, text);
  // Each of two patterns scans two parts.
  expect(found.filter((piece) => piece === undefined)).toHaveLength(4);
  expect(found.join('')).toBe(text);
});

it('finds digits across the parts of a long text', () => {
  const cut = splitDigits({ run: /\p{N}+/gu, isolated: true });
  for (const before of [4090, 4094, 4095, 4096, 4097]) {
    const [left, right] = ['\u{1f600}'.repeat(before >> 1), 'x'.repeat(9000)];
    const text = `${left}${'1'.repeat(4)}${right}${'2'.repeat(9000)}`;
    const found = pieces(cut, text).filter((piece) => piece !== undefined);
    expect(found).toEqual([left, '1', '111', right, ...Array(3000).fill('222')]);
  }
});
