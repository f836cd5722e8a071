import { posix, win32 } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSafePath } from '../base/safe-path.ts';
import { requireSafePath } from './require-safe-path.ts';

test.each(['config.json', 'Q4_K_M/model-00001-of-00002.gguf', 'a b/ü.gguf', '..a/b..', '.gitattributes'])(
  '%j is safe',
  (path) => {
    expect(isSafePath(path)).toBe(true);
    expect(requireSafePath(path, 'the hub')).toBe(path);
  },
);

test.each([
  '',
  '/etc/passwd',
  '../x',
  'a/../../x',
  'a/..',
  './x',
  'a//b',
  'a/',
  '..\\x',
  'C:x',
  'a\0b',
  'a\nb',
  '\u001b[2Jx',
  'x'.repeat(1025),
])('%j is not safe', (path) => {
  expect(isSafePath(path)).toBe(false);
  expect(() => requireSafePath(path, 'the hub')).toThrow(expect.objectContaining({ code: 'unsafe_path' }));
});

test('the error contains control characters only as escapes', () => {
  expect(() => requireSafePath('\u001b[2J', 'the hub')).toThrow('"\\u001b[2J"');
});

test('a safe path that is joined to a folder stays inside the folder on every operating system', () => {
  const part = fc.constantFrom('..', '.', '', 'a', '\\', '/', 'C:', '\0', 'b.gguf');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const path = parts.join('/');
      fc.pre(isSafePath(path));
      expect(posix.join('/cache/x', path).startsWith('/cache/x/')).toBe(true);
      expect(win32.join('C:\\cache\\x', path).startsWith('C:\\cache\\x\\')).toBe(true);
    }),
  );
});
