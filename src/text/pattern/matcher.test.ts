// Tests the matches of the matcher and its work, which is the number of examined characters. With `memoize: false` it
// behaves like other engines: tests that use it show that the count detects exponential time.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findMatches, type MatcherOptions } from './matcher.ts';
import { parsePattern } from './parser.ts';
import { PatternError } from './pattern-error.ts';
import { compilePattern } from './program.ts';

function findTexts(source: string, text: string, options?: MatcherOptions): string[] {
  const matches = [...findMatches(compilePattern(parsePattern(source)), text, options)];
  return matches.flatMap((match) => (match === undefined ? [] : [text.slice(...match)]));
}

function countWork(source: string, text: string, memoize = true): number {
  let work = 0;
  findTexts(source, text, { memoize, onWork: (characters) => (work += characters) });
  return work;
}

describe('findMatches', () => {
  const hostilePatterns: [pattern: string, unit: string, end: string][] = [
    ['(a+)+$', 'a', '!'],
    ['(a|a)+$', 'a', '!'],
    ['(a|aa)+b', 'a', ''],
    ['(a+b?)+c', 'ab', ''],
    ['a+b', 'a', ''],
    ['a+b', 'a', 'ba'.repeat(50)],
    ['\\s+$', ' ', 'x'],
    ['\\s*[\\r\\n]+|\\s{4}(?!\\S)|\\s', ' ', ''],
    ['(?=a+b)a', 'a', ''],
    ['(?=(\\d{3})+(?!\\d))', '7', ''],
    ['(?>a+)b', 'a', ''],
    ['(?>(?:ab)+)c', 'ab', ''],
    ['(?:(?:a{1,3}b?){1,3})+c', 'aab', ''],
    ['a++b', 'a', ''],
    ['(?:a*b)*c', 'a', 'bababa'],
    ['\\p{L}+\\p{L}+\\d', 'x', ''],
    ['(.*x)+y', 'x ', ''],
    ['(?<=aa)a+b', 'a', ''],
  ];

  it.each(hostilePatterns)('takes linear time for the pattern %s and repeated %j', (pattern, unit, end) => {
    const texts = [2000, 4000].map((length) => unit.repeat(length / unit.length) + end);
    const [shortWork = 0, longWork = 0] = texts.map((text) => countWork(pattern, text));
    expect(longWork).toBeGreaterThan(1000);
    expect(longWork).toBeLessThan(2.2 * shortWork);
  });

  it('takes exponential time without memoization', () => {
    const [shortWork = 0, longWork = 0] = [8, 16].map((length) =>
      countWork('(a+)+$', `${'a'.repeat(length)}!`, false),
    );
    expect(longWork).toBeGreaterThan(100 * shortWork);
  });

  it('pauses, even within a match', () => {
    const matches = [...findMatches(compilePattern(parsePattern('a+')), 'a'.repeat(100_000))];
    expect(matches.filter((match) => match === undefined).length).toBeGreaterThan(20);
    expect(matches.at(-1)).toEqual([0, 100_000]);
  });
});

describe('findMatches of random patterns', () => {
  const atom = fc.constantFrom(
    'a',
    'b',
    '[ab]',
    '[^a]',
    '.',
    '(?:ab|a)',
    '(?!b)',
    '(?=a)',
    '(?<=b)',
    '(?<!a)',
    '\\s',
  );
  const quantifier = fc.constantFrom('', '', '*', '+', '?', '*?', '+?', '??', '{2}', '{1,3}', '{2,}');
  const repeated = fc
    .tuple(atom, quantifier)
    .map(([expression, count]) =>
      expression.startsWith('(?') && !expression.startsWith('(?:') ? expression : expression + count,
    );
  const sequence = fc.array(repeated, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
  const choice = fc.array(sequence, { minLength: 1, maxLength: 3 }).map((options) => options.join('|'));
  const loop = choice.map((inner) => `(?:a(?:${inner})|b)+(?:${inner})`);

  // The texts for nested patterns are short, because the time of JavaScript's engine may double with every character.
  it('finds the same matches as JavaScript, in short and in long texts', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'a', 'b', ' ', 'c'), maxLength: 14 });
    const longText = text.map((short) => `${short}${'a'.repeat(40)}${short}`);
    const inputs = fc.oneof(fc.tuple(loop, text), fc.tuple(sequence, longText), fc.tuple(choice, text));
    fc.assert(
      fc.property(inputs, ([source, searched]) => {
        const expected = Array.from(searched.matchAll(new RegExp(source, 'gu')), ([match]) => match);
        expect(findTexts(source, searched)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});

describe('parsePattern and compilePattern', () => {
  it.each([
    ['(a)\\1', 'a back reference'],
    ['\\X', 'grapheme clusters'],
    ['(a*)*', 'may be empty'],
    ['(?<=a+)b', 'a lookbehind whose length is not fixed'],
    ['\\p{Klingon}', 'the property "Klingon"'],
    ['a{5000}', 'a repetition of more than 1000'],
    ['(?:a{1000}){1000}', 'a pattern of this size'],
    ['('.repeat(20_000), 'nesting deeper than 100'],
    ['['.repeat(20_000), 'nesting deeper than 100'],
    ['(?i)'.repeat(20_000), 'nesting deeper than 100'],
    [`a${'{1}'.repeat(20_000)}`, 'nesting deeper than 100'],
    ['(?~a)', 'a group that begins with (?~'],
    ['\\K', '\\K'],
  ])('reject %.40s and name the unsupported feature', (source, feature) => {
    const compile = () => compilePattern(parsePattern(source));
    expect(compile).toThrow(expect.objectContaining({ unsupported: true }));
    expect(compile).toThrow(feature);
  });

  it('compile a repeated empty expression once', () => {
    expect(findTexts('((((?:){1000}){1000}){1000}){1000}a', 'ba')).toEqual(['a']);
  });

  it.each(['(a', 'a)', '[a', '*a', '[b-a]', 'a{3,2}', '\\p', 'a\\'])(
    'reject the invalid pattern %s',
    (source) => {
      expect(() => parsePattern(source)).toThrow(PatternError);
      expect(() => parsePattern(source)).toThrow(expect.objectContaining({ unsupported: false }));
    },
  );
});
