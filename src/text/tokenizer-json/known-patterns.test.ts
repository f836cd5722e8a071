import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findMatches } from '../pattern/matcher.ts';
import { parsePattern } from '../pattern/parser.ts';
import { compilePattern } from '../pattern/program.ts';
import * as patterns from '../pre-tokenizer/pre-tokenizer-patterns.ts';
import { splitAtMatches, splitByPattern } from '../pre-tokenizer/split-text.ts';
import { findKnownPattern, KNOWN_PATTERNS } from './known-patterns.ts';

const programOf = (source: string) => compilePattern(parsePattern(source));
const piecesOf = (split: ReturnType<typeof splitByPattern>, text: string): (string | undefined)[] =>
  [...split(text)].filter((piece) => piece !== undefined);

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

describe.each([...KNOWN_PATTERNS.keys()])('the known pattern %s', (source) => {
  it('has the same matches on both engines', () => {
    const pattern = findKnownPattern(source) ?? /(?:)/g;
    const [nativeSplit, linearSplit] = [
      splitByPattern(pattern),
      splitAtMatches((text) => findMatches(programOf(source), text)),
    ];
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...UNITS, ...MORE_UNITS), maxLength: 30 }), (text) => {
        expect(piecesOf(nativeSplit, text)).toEqual(piecesOf(linearSplit, text));
      }),
      { numRuns: 50 },
    );
  });
});

// JavaScript's engine does not report its work. The matcher of pattern/matcher.ts behaves like it without memoization.
describe('the matcher without memoization', () => {
  const units = [
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
  const namedSources = Object.entries(patterns).flatMap(([name, splitter]) =>
    'source' in splitter ? [[name, splitter.source] as const] : [],
  );

  it.each(namedSources)('takes linear time for the pattern %s', (_, source) => {
    const program = programOf(source.replaceAll('\\u017f', '\u017f'));
    for (const unit of units) {
      const [shortWork = 0, longWork = 0] = [600, 1200].map((count) => {
        let work = 0;
        const options = { memoize: false, onWork: (characters: number) => (work += characters) };
        for (const _match of findMatches(program, `${unit.repeat(count)}x`, options));
        return work;
      });
      expect(longWork, JSON.stringify(unit)).toBeLessThan(2.2 * shortWork);
    }
  });
});
