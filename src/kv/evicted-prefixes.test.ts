import { expect, test } from 'vitest';
import { EvictedPrefixes, prefixKey, saltKey } from './evicted-prefixes.ts';

test('a text has the same key wherever its tokens are stored', () => {
  const before = prefixKey(saltKey('a'), Int32Array.of(5, 6), 0, 2);
  const stored = Int32Array.of(0, 0, 7, 8, 9);
  expect(prefixKey(before, stored, 2, 4)).toBe(prefixKey(before, Int32Array.of(7, 8), 0, 2));
});

test('other tokens, another order or another salt give another key', () => {
  const keyOf = (salt: string, ...tokens: number[]): number =>
    prefixKey(saltKey(salt), Int32Array.from(tokens), 0, tokens.length);
  const keys = [keyOf('', 1, 2), keyOf('', 2, 1), keyOf('', 1, 3), keyOf('', 1), keyOf('b', 1, 2)];
  expect(new Set(keys).size).toBe(keys.length);
});

test('beyond the limit the text that was evicted first is dropped', () => {
  const evicted = new EvictedPrefixes(2);
  for (const key of [1, 2, 1, 3]) evicted.add(key); // 1 was evicted again after 2
  expect([1, 2, 3].map((key) => evicted.has(key))).toEqual([true, false, true]);
});

test('a text that is cached again is no longer evicted', () => {
  const evicted = new EvictedPrefixes(2);
  evicted.add(1);
  evicted.delete(1);
  expect(evicted.has(1)).toBe(false);
});
