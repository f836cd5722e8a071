import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findMatches } from '../pattern/matcher.ts';
import { parsePattern } from '../pattern/parser.ts';
import { compilePattern } from '../pattern/program.ts';
import * as cuts from '../pre-tokenizer/pre-tokenizer-patterns.ts';
import { splitAtMatches, splitByPattern } from '../pre-tokenizer/split-text.ts';
import { findKnownPattern, KNOWN_PATTERNS } from './known-patterns.ts';

const programOf = (source: string) => compilePattern(parsePattern(source));
const pieces = (cut: ReturnType<typeof splitByPattern>, text: string): (string | undefined)[] =>
  [...cut(text)].filter((piece) => piece !== undefined);

const UNITS = ['a', 'K', '\u017f', "'s", "'RE", '7', ' ', '\n', '\r\n', '\u3000', '.', '{', '/', '\u0301'];
const MORE_UNITS = [
  '\u4e2d',
  '\u3042',
  '\u01c5',
  '\u0939\u093f',
  '\u{1f600}',
  '\ue000',
  '\u2167',
  '\\',
  '$',
  '  ',
];

describe.each([...KNOWN_PATTERNS.keys()])('%s', (source) => {
  it('matches the same on both engines', () => {
    const pattern = findKnownPattern(source) ?? /(?:)/g;
    const [native, own] = [
      splitByPattern(pattern),
      splitAtMatches((text) => findMatches(programOf(source), text)),
    ];
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...UNITS, ...MORE_UNITS), maxLength: 30 }), (text) => {
        expect(pieces(native, text)).toEqual(pieces(own, text));
      }),
      { numRuns: 50 },
    );
  });
});

// JavaScript's engine does not report its work. It behaves like ours without memoization.
describe('without memoization, the pattern of', () => {
  const texts = [
    'a',
    '7',
    ' ',
    '\n',
    '.',
    '\u4e2d',
    '\u{1f600}',
    ' \n',
    'Ab',
    "a's",
    '!\n ',
    '12 ',
    'a\u0301',
  ];
  const patterns = Object.entries(cuts).flatMap(([name, cut]) =>
    'source' in cut ? [[name, cut.source] as const] : [],
  );

  it.each(patterns)('%s takes linear time', (_, source) => {
    const program = programOf(source.replaceAll('\\u017f', '\u017f'));
    for (const unit of texts) {
      const [half = 0, whole = 0] = [600, 1200].map((count) => {
        let work = 0;
        const options = { remember: false, onWork: (characters: number) => (work += characters) };
        for (const _match of findMatches(program, `${unit.repeat(count)}x`, options));
        return work;
      });
      expect(whole, JSON.stringify(unit)).toBeLessThan(2.2 * half);
    }
  });
});
