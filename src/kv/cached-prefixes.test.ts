import { expect, test } from 'vitest';
import { type CachedPrefix, CachedPrefixes } from './cached-prefixes.ts';

const prefixOf = (tokens: number[], salt = ''): CachedPrefix => ({ tokens: Int32Array.from(tokens), salt });
const [short, long, salted] = [prefixOf([1, 2]), prefixOf([1, 2, 3, 4]), prefixOf([1, 2, 3, 4, 5], 'b')];

function prefixesOf(...entries: CachedPrefix[]): CachedPrefixes<CachedPrefix> {
  const prefixes = new CachedPrefixes<CachedPrefix>();
  for (const entry of entries) prefixes.add(entry);
  return prefixes;
}

test('`match` finds the entry of the salt with the longest common prefix, without the last token of the prompt', () => {
  const prefixes = prefixesOf(short, long, salted);
  expect(prefixes.match(Int32Array.of(1, 2, 3, 9), '')).toEqual({ entry: long, length: 3 });
  expect(prefixes.match(Int32Array.of(1, 2, 3, 4), '')).toEqual({ entry: long, length: 3 });
  expect(prefixes.match(Int32Array.of(1, 2, 3, 4, 5, 6), 'b')?.entry).toBe(salted);
  expect(prefixes.match(Int32Array.of(7, 7), '')).toBeUndefined();
});

test('`oldest` returns the least recently used entry', () => {
  const prefixes = prefixesOf(short, long);
  expect(prefixes.oldest()).toBe(short);
  prefixes.add(short); // marks it as used
  expect(prefixes.oldest()).toBe(long);
  expect(prefixes.oldest(long)).toBe(short); // `long` is excluded
});

test('findCovering finds an entry of the given salt that starts with a text, and marks the entry as used', () => {
  const prefixes = prefixesOf(long, short);
  expect(prefixes.findCovering(Int32Array.of(1, 2, 3), '')).toBe(long);
  expect(prefixes.oldest()).toBe(short);
  expect(prefixes.findCovering(Int32Array.of(1, 2, 3), 'b')).toBeUndefined();
  expect(prefixes.findCovering(Int32Array.of(1, 2, 3, 4, 5), '')).toBeUndefined();
});

test('findCoveredBy returns the entries that are prefixes of a text', () => {
  const prefixes = prefixesOf(short, long, salted, prefixOf([1, 9]));
  expect(prefixes.findCoveredBy(Int32Array.of(1, 2, 3), '')).toEqual([short]);
  expect(prefixes.findCoveredBy(Int32Array.of(1, 2, 3, 4), '')).toEqual([short, long]);
});
