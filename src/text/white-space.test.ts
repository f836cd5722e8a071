import { expect, it } from 'vitest';
import { isWhiteSpace, trimSpace, unicodeSpaces } from './white-space.ts';

it('matches the Unicode property', () => {
  const property = /^\p{White_Space}$/u;
  const others: string[] = [];
  for (let code = 0; code <= 0xffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    if (isWhiteSpace(code) !== property.test(String.fromCharCode(code))) others.push(code.toString(16));
  }
  expect(others).toEqual([]);
});

it('trims the requested sides', () => {
  expect(trimSpace('\u0085 a b\u3000', true, false)).toBe('a b\u3000');
  expect(trimSpace('\u0085 a b\u3000', false, true)).toBe('\u0085 a b');
  expect(trimSpace(' \t', true, true)).toBe('');
  expect(trimSpace('\ufeffa', true, true)).toBe('\ufeffa');
});

it('rewrites the classes of a pattern', () => {
  const pattern = new RegExp(unicodeSpaces('[^\\s]\\s\\S'), 'u');
  expect(pattern.test('\ufeff\u0085a')).toBe(true);
  expect(pattern.test('a\ufeffa')).toBe(false);
});
