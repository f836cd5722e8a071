import { expect, it } from 'vitest';
import { isWhiteSpace, trimSpace, unicodeSpaces } from './white-space.ts';

it('isWhiteSpace matches the Unicode property White_Space', () => {
  const property = /^\p{White_Space}$/u;
  const mismatches: string[] = [];
  for (let code = 0; code <= 0xffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    if (isWhiteSpace(code) !== property.test(String.fromCharCode(code))) mismatches.push(code.toString(16));
  }
  expect(mismatches).toEqual([]);
});

it('trimSpace trims the requested ends', () => {
  expect(trimSpace('\u0085 a b\u3000', true, false)).toBe('a b\u3000');
  expect(trimSpace('\u0085 a b\u3000', false, true)).toBe('\u0085 a b');
  expect(trimSpace(' \t', true, true)).toBe('');
  expect(trimSpace('\ufeffa', true, true)).toBe('\ufeffa');
});

it('unicodeSpaces replaces \\s and \\S with the Unicode property', () => {
  const pattern = new RegExp(unicodeSpaces('[^\\s]\\s\\S'), 'u');
  expect(pattern.test('\ufeff\u0085a')).toBe(true);
  expect(pattern.test('a\ufeffa')).toBe(false);
});
