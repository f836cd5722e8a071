import { expect, test } from 'vitest';
import { OpenConversationCache } from './open-conversation-cache.ts';

test('there is one object for a key, until it is deleted', () => {
  const open = new OpenConversationCache<{ readonly name: string }>();
  const first = { name: 'first' };
  open.use('a', first);
  open.use('a', first);
  expect(open.get('a')).toBe(first);
  expect(open.all).toEqual([first]);
  open.delete('a');
  expect(open.get('a')).toBeUndefined();
});

test('an object that is still referenced is found, however many were used since', () => {
  const open = new OpenConversationCache<{ readonly index: number }>();
  const first = { index: 0 };
  open.use('0', first);
  for (let index = 1; index <= 300; index++) open.use(String(index), { index });
  expect(open.get('0')).toBe(first);
});
