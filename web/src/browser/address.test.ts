import { expect, test } from 'vitest';
import { addressedId, addressOf } from './address.ts';

test('only an address of the form #/c/ID names a conversation', () => {
  expect(addressedId(addressOf('3f-a_9'))).toBe('3f-a_9');
  for (const hash of ['', '#', '#/c/', '#/c/a/b', '#/c/a%20b', '#/d/a'])
    expect(addressedId(hash)).toBeUndefined();
});
