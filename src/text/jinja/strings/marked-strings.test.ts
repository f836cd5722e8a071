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

it('ignores marks', () => {
  expect(marked.clean('a#</think>%b')).toBe('a</think>b');
  expect(marked.characters('a#<🙂>%b#')).toEqual(['a', '#<', '🙂', '>%', 'b']);
  expect(new MarkedStrings().characters('a#🙂')).toEqual(['a', '#', '🙂']);
});

it('finds a substring with its marks, without those of its neighbours', () => {
  const parts = (text: string, searched: string): string[] =>
    Array.from(marked.occurrences(text, searched), ([start, end]) => text.slice(start, end));
  expect(parts('a%#<|x|>%#b <%|#x|>', '<|x|>')).toEqual(['#<|x|>%', '<%|#x|>']);
  expect(parts('a.b', '.')).toEqual(['.']);
  expect(parts('ab', '.')).toEqual([]);
});

it('strips characters and keeps the marks of the others', () => {
  expect(strip(' #<x>% \n', undefined, true, true)).toBe('#<x>%');
  expect(strip('#<x>%', '<', true, true)).toBe('x>%');
  expect(strip('aba', 'a', false, true)).toBe('ab');
  // White space in Python but not in JavaScript, and the reverse.
  expect(strip('\u001c\u0085x\ufeff', undefined, true, true)).toBe('x\ufeff');
});

it.each([undefined, { open: '#', close: '%' }])(
  'counts what it looks through, with the marks %j',
  (marks) => {
    const nearlySpent = (): MarkedStrings => {
      const budget = new Budget();
      budget.step(MAX_STEPS - 1);
      return new MarkedStrings(marks, budget);
    };
    const text = '🙂'.repeat(1024);
    expect(() => nearlySpent().characters(text)).toThrow(TooCostlyError);
    expect(() => nearlySpent().isSimple(text)).toThrow(TooCostlyError);
    expect(() => nearlySpent().clean(text)).toThrow(TooCostlyError);
  },
);
