import { expect, it } from 'vitest';
import { finish } from '../../../base/steps.ts';
import { Budget, MAX_STEPS } from '../budget.ts';
import { TooCostlyError } from '../errors.ts';
import { MarkedStrings } from './marked-strings.ts';
import { stripString } from './string-strip.ts';

const marked = new MarkedStrings({ open: '#', close: '%' });
const strip = (text: string, chars: string | undefined, left: boolean, right: boolean): string =>
  finish(
    stripString(text, chars, left, right, {
      markedStrings: marked,
      clean: marked.clean,
      budget: new Budget(),
    }),
  );

it('`clean` and `characters` ignore marks', () => {
  expect(marked.clean('a#</think>%b')).toBe('a</think>b');
  expect(marked.characters('a#<🙂>%b#')).toEqual(['a', '#<', '🙂', '>%', 'b']);
  expect(new MarkedStrings().characters('a#🙂')).toEqual(['a', '#', '🙂']);
});

it('`occurrences` returns substrings with their marks, without the marks of adjacent characters', () => {
  const findSubstrings = (text: string, searched: string): string[] =>
    Array.from(marked.occurrences(text, searched), ([start, end]) => text.slice(start, end));
  expect(findSubstrings('a%#<|x|>%#b <%|#x|>', '<|x|>')).toEqual(['#<|x|>%', '<%|#x|>']);
  expect(findSubstrings('a.b', '.')).toEqual(['.']);
  expect(findSubstrings('ab', '.')).toEqual([]);
});

it('stripString strips characters and preserves the marks of the remaining characters', () => {
  expect(strip(' #<x>% \n', undefined, true, true)).toBe('#<x>%');
  expect(strip('#<x>%', '<', true, true)).toBe('x>%');
  expect(strip('aba', 'a', false, true)).toBe('ab');
  // The first two characters are white space in Python but not in JavaScript; for the last one it is the reverse.
  expect(strip('\u001c\u0085x\ufeff', undefined, true, true)).toBe('x\ufeff');
});

it.each([undefined, { open: '#', close: '%' }])(
  '`characters`, `isSimple` and `clean` charge the budget for the scanned text, with the marks %j',
  (marks) => {
    const withOneStepLeft = (): MarkedStrings => {
      const budget = new Budget();
      budget.step(MAX_STEPS - 1);
      return new MarkedStrings(marks, budget);
    };
    const text = '🙂'.repeat(1024);
    expect(() => withOneStepLeft().characters(text)).toThrow(TooCostlyError);
    expect(() => withOneStepLeft().isSimple(text)).toThrow(TooCostlyError);
    expect(() => withOneStepLeft().clean(text)).toThrow(TooCostlyError);
  },
);
