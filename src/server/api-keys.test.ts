import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { asksForKey, bearerToken, keyChecker } from './api-keys.ts';

test('a key is told by the beginning of its hash, and nothing else is let in', () => {
  const check = keyChecker(['one', 'two']);
  expect(check('two')).toBe(createHash('sha256').update('two').digest('hex').slice(0, 16));
  expect(check('one')).toMatch(/^[0-9a-f]{16}$/);
  for (const wrong of [undefined, '', 'on', 'one ', 'ONE', 'three']) expect(check(wrong)).toBeUndefined();
});

test('without keys everybody is let in, and all are one', () => {
  const check = keyChecker([]);
  expect([check(undefined), check('anything')]).toEqual(['', '']);
});

test.each(['', 'a b', 'ключ', 'x\n'])('%j is no key', (key) => {
  expect(() => keyChecker([key])).toThrow(expect.objectContaining({ code: 'bad_option' }));
});

test('a bearer token is read as clients write it', () => {
  expect(bearerToken('Bearer sk-x.y')).toBe('sk-x.y');
  expect(bearerToken('bearer  sk ')).toBe('sk');
  for (const other of [undefined, '', 'Bearer', 'Bearer ', 'Basic eDp5', 'Bearer a b']) {
    expect(bearerToken(other)).toBeUndefined();
  }
});

test('static files, health, sockets and what is not there ask for no key', () => {
  for (const url of ['/', '/*', '/health', '/ws/chat', undefined]) expect(asksForKey(url)).toBe(false);
  for (const url of ['/v1/models', '/v1/models/*', '/metrics', '/healthy', '/ws']) {
    expect(asksForKey(url)).toBe(true);
  }
});
