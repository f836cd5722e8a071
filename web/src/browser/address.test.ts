import { expect, test } from 'vitest';
import { conversationIdOf, hashOf } from './address.ts';

test('only an address of the form #/c/ID names a conversation', () => {
  expect(conversationIdOf(hashOf('3f-a_9'))).toBe('3f-a_9');
  for (const hash of ['', '#', '#/c/', '#/c/a/b', '#/c/a%20b', '#/d/a'])
    expect(conversationIdOf(hash)).toBeUndefined();
});
