import { expect, it } from 'vitest';
import { MarkedText } from './marked-text.ts';

const marked = new MarkedText({ open: '#', close: '%' });

it('sees a text without its marks', () => {
  expect(marked.clean('a#</think>%b')).toBe('a</think>b');
  expect(marked.characters('a#<🙂>%b#')).toEqual(['a', '#<', '🙂', '>%', 'b']);
  expect(new MarkedText().characters('a#🙂')).toEqual(['a', '#', '🙂']);
});

it('finds a text with the marks that are its own, and leaves those of its neighbours', () => {
  const parts = (text: string, searched: string): string[] =>
    Array.from(marked.occurrences(text, searched), ([start, end]) => text.slice(start, end));
  expect(parts('a%#<|x|>%#b <%|#x|>', '<|x|>')).toEqual(['#<|x|>%', '<%|#x|>']);
  expect(parts('a.b', '.')).toEqual(['.']);
  expect(parts('ab', '.')).toEqual([]);
});

it('strips characters and keeps the marks of the others', () => {
  expect(marked.strip(' #<x>% \n', undefined, true, true)).toBe('#<x>%');
  expect(marked.strip('#<x>%', '<', true, true)).toBe('x>%');
  expect(marked.strip('aba', 'a', false, true)).toBe('ab');
  // White space to Python, not to JavaScript, and the other way round.
  expect(marked.strip('\u001c\u0085x\ufeff', undefined, true, true)).toBe('x\ufeff');
});
