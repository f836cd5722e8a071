import { expect, test } from 'vitest';
import { saltFor, withoutOtherSalts } from './cache-salt.ts';

const salt = (keyId: string, cacheSalt?: string, shareCache = false) =>
  saltFor({ keyId, cacheSalt, shareCache });

test('without keys and salts, all requests use one cache', () => {
  expect(salt('')).toBeUndefined();
});

test('each pair of key and request salt has a distinct engine salt', () => {
  const salts = [salt('aa'), salt('bb'), salt('aa', 'x'), salt('bb', 'x'), salt('', 'x'), salt('', 'aa:x')];
  expect(new Set(salts).size).toBe(salts.length);
});

test('with a shared cache, only the salt of the request separates requests', () => {
  expect(salt('aa', undefined, true)).toBeUndefined();
  expect(salt('aa', 'x', true)).toBe(salt('bb', 'x', true));
  expect(salt('aa', 'x', true)).not.toBe(salt('aa', 'y', true));
});

test('a prefix under another salt is reported as absent', () => {
  const report = { runningTokens: 0, memoryTokens: 1, diskTokens: 0 };
  expect(withoutOtherSalts(report)).toEqual(report);
  expect(withoutOtherSalts({ ...report, miss: 'evicted' }).miss).toBe('evicted');
  expect(withoutOtherSalts({ ...report, miss: 'different_salt' }).miss).toBe('nothing_in_common');
});
