import { expect, test } from 'vitest';
import { type CachedPrefix, CachedPrefixes } from './cached-prefixes.ts';

const prefix = (tokens: number[], salt = ''): CachedPrefix => ({ tokens: Int32Array.from(tokens), salt });
const [short, long, salted] = [prefix([1, 2]), prefix([1, 2, 3, 4]), prefix([1, 2, 3, 4, 5], 'b')];

function prefixesOf(...entries: CachedPrefix[]): CachedPrefixes<CachedPrefix> {
  const prefixes = new CachedPrefixes<CachedPrefix>();
  for (const entry of entries) prefixes.add(entry);
  return prefixes;
}

test('a prompt matches the entry of its salt with the longest common prefix, except for its last token', () => {
  const prefixes = prefixesOf(short, long, salted);
  expect(prefixes.match(Int32Array.of(1, 2, 3, 9), '')).toEqual({ entry: long, length: 3 });
  expect(prefixes.match(Int32Array.of(1, 2, 3, 4), '')).toEqual({ entry: long, length: 3 });
  expect(prefixes.match(Int32Array.of(1, 2, 3, 4, 5, 6), 'b')?.entry).toBe(salted);
  expect(prefixes.match(Int32Array.of(7, 7), '')).toBeUndefined();
});

test('the oldest entry is the one that was not used for the longest time', () => {
  const prefixes = prefixesOf(short, long);
  expect(prefixes.oldest()).toBe(short);
  prefixes.add(short); // used again
  expect(prefixes.oldest()).toBe(long);
  expect(prefixes.oldest(long)).toBe(short); // `long` is spared
});

test('an entry that contains a text is found under its salt only, and counts as used', () => {
  const prefixes = prefixesOf(long, short);
  expect(prefixes.findCovering(Int32Array.of(1, 2, 3), '')).toBe(long);
  expect(prefixes.oldest()).toBe(short);
  expect(prefixes.findCovering(Int32Array.of(1, 2, 3), 'b')).toBeUndefined();
  expect(prefixes.findCovering(Int32Array.of(1, 2, 3, 4, 5), '')).toBeUndefined();
});

test('entries that are prefixes of a text are covered by it', () => {
  const prefixes = prefixesOf(short, long, salted, prefix([1, 9]));
  expect(prefixes.findCoveredBy(Int32Array.of(1, 2, 3), '')).toEqual([short]);
  expect(prefixes.findCoveredBy(Int32Array.of(1, 2, 3, 4), '')).toEqual([short, long]);
});
