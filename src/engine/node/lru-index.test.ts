import { expect, test } from 'vitest';
import { LruIndex } from './lru-index.ts';

test('LruIndex returns the least recently used key and the sum of all bytes', () => {
  const index = new LruIndex();
  index.add('a', 10);
  index.add('b', 20);
  index.use('a');
  expect([index.oldest, index.count, index.bytes]).toEqual(['b', 2, 30]);
  index.add('b', 5); // replaces the old size
  expect([index.oldest, index.bytes]).toEqual(['a', 15]);
  index.remove('a');
  index.remove('a');
  expect([index.oldest, index.count, index.bytes]).toEqual(['b', 1, 5]);
});
