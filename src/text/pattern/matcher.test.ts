// The work of the matcher is counted in examined characters. `memoize: false` behaves like other engines and shows that
// the count is meaningful.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findMatches, type MatcherOptions } from './matcher.ts';
import { PatternError, parsePattern } from './parser.ts';
import { compilePattern } from './program.ts';

function find(source: string, text: string, options?: MatcherOptions): string[] {
  const matches = [...findMatches(compilePattern(parsePattern(source)), text, options)];
  return matches.flatMap((match) => (match === undefined ? [] : [text.slice(...match)]));
}

function workOf(source: string, text: string, memoize = true): number {
  let work = 0;
  find(source, text, { memoize, onWork: (characters) => (work += characters) });
  return work;
}

describe('takes linear time', () => {
  const hostile: [pattern: string, unit: string, end: string][] = [
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

  it.each(hostile)('for %s on many %j', (pattern, unit, end) => {
    const texts = [2000, 4000].map((length) => unit.repeat(length / unit.length) + end);
    const [half = 0, whole = 0] = texts.map((text) => workOf(pattern, text));
    expect(whole).toBeGreaterThan(1000);
    expect(whole).toBeLessThan(2.2 * half);
  });

  it('unlike without memoization', () => {
    const [half = 0, whole = 0] = [8, 16].map((length) => workOf('(a+)+$', `${'a'.repeat(length)}!`, false));
    expect(whole).toBeGreaterThan(100 * half);
  });

  it('and pauses, within a match too', () => {
    const matches = [...findMatches(compilePattern(parsePattern('a+')), 'a'.repeat(100_000))];
    expect(matches.filter((match) => match === undefined).length).toBeGreaterThan(20);
    expect(matches.at(-1)).toEqual([0, 100_000]);
  });
});

describe('finds the same matches as JavaScript', () => {
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
    .map(([one, count]) => (one.startsWith('(?') && !one.startsWith('(?:') ? one : one + count));
  const sequence = fc.array(repeated, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
  const choice = fc.array(sequence, { minLength: 1, maxLength: 3 }).map((options) => options.join('|'));
  const loop = choice.map((inner) => `(?:a(?:${inner})|b)+(?:${inner})`);

  // Short enough for an engine whose time may double with every character.
  it('with and without memoization', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'a', 'b', ' ', 'c'), maxLength: 14 });
    const longer = text.map((one) => `${one}${'a'.repeat(40)}${one}`);
    const asked = fc.oneof(fc.tuple(loop, text), fc.tuple(sequence, longer), fc.tuple(choice, text));
    fc.assert(
      fc.property(asked, ([source, searched]) => {
        const expected = Array.from(searched.matchAll(new RegExp(source, 'gu')), ([found]) => found);
        expect(find(source, searched)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});

describe('rejects by name', () => {
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
  ])('%.40s', (source, what) => {
    const compile = () => compilePattern(parsePattern(source));
    expect(compile).toThrow(expect.objectContaining({ unsupported: true }));
    expect(compile).toThrow(what);
  });

  it('compiles a repeated empty expression once', () => {
    expect(find('((((?:){1000}){1000}){1000}){1000}a', 'ba')).toEqual(['a']);
  });

  it.each(['(a', 'a)', '[a', '*a', '[b-a]', 'a{3,2}', '\\p', 'a\\'])('an invalid pattern: %s', (source) => {
    expect(() => parsePattern(source)).toThrow(PatternError);
    expect(() => parsePattern(source)).toThrow(expect.objectContaining({ unsupported: false }));
  });
});
