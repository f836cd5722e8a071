import { expect, test } from 'vitest';
import { OpenConversationCache } from './open-conversation-cache.ts';

test('`get` returns the same object for a key until the key is deleted', () => {
  const cache = new OpenConversationCache<{ readonly name: string }>();
  const first = { name: 'first' };
  cache.use('a', first);
  cache.use('a', first);
  expect(cache.get('a')).toBe(first);
  expect(cache.all).toEqual([first]);
  cache.delete('a');
  expect(cache.get('a')).toBeUndefined();
});

test('`get` returns an object that is still referenced, even after many other objects were used', () => {
  const cache = new OpenConversationCache<{ readonly index: number }>();
  const first = { index: 0 };
  cache.use('0', first);
  for (let index = 1; index <= 300; index++) cache.use(String(index), { index });
  expect(cache.get('0')).toBe(first);
});
