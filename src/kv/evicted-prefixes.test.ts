import { expect, test } from 'vitest';
import { EvictedPrefixes, prefixKey, saltKey } from './evicted-prefixes.ts';

test('prefixKey does not depend on the offset of the tokens in the array', () => {
  const parentKey = prefixKey(saltKey('a'), Int32Array.of(5, 6), 0, 2);
  const storedTokens = Int32Array.of(0, 0, 7, 8, 9);
  expect(prefixKey(parentKey, storedTokens, 2, 4)).toBe(prefixKey(parentKey, Int32Array.of(7, 8), 0, 2));
});

test('texts with different tokens, order or salt have different keys', () => {
  const keyOf = (salt: string, ...tokens: number[]): number =>
    prefixKey(saltKey(salt), Int32Array.from(tokens), 0, tokens.length);
  const keys = [keyOf('', 1, 2), keyOf('', 2, 1), keyOf('', 1, 3), keyOf('', 1), keyOf('b', 1, 2)];
  expect(new Set(keys).size).toBe(keys.length);
});

test('EvictedPrefixes drops the text that was evicted first when the limit is exceeded', () => {
  const evicted = new EvictedPrefixes(2);
  for (const key of [1, 2, 1, 3]) evicted.add(key); // text 1 was evicted a second time, after text 2
  expect([1, 2, 3].map((key) => evicted.has(key))).toEqual([true, false, true]);
});

test('EvictedPrefixes does not contain a deleted text', () => {
  const evicted = new EvictedPrefixes(2);
  evicted.add(1);
  evicted.delete(1);
  expect(evicted.has(1)).toBe(false);
});
