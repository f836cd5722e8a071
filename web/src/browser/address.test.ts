import { expect, test } from 'vitest';
import { conversationIdOf, hashOf } from './address.ts';

test('conversationIdOf returns an id only for a hash of the form #/c/ID', () => {
  expect(conversationIdOf(hashOf('3f-a_9'))).toBe('3f-a_9');
  for (const hash of ['', '#', '#/c/', '#/c/a/b', '#/c/a%20b', '#/d/a'])
    expect(conversationIdOf(hash)).toBeUndefined();
});
