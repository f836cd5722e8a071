// The address, the key on the wire, names of files, and the headings of the list.

import { expect, test } from 'vitest';
import { keyHeaders, keyProtocols } from './access-key.ts';
import { addressedId, addressOf } from './address.ts';
import { fileName } from './offer-file.ts';
import { hasLetters } from './stored.ts';
import { groupTopics } from './topic-groups.ts';

test('an address names a conversation, and nothing else does', () => {
  expect(addressedId(addressOf('3f-a_9'))).toBe('3f-a_9');
  for (const hash of ['', '#', '#/c/', '#/c/a/b', '#/c/a%20b', '#/d/a'])
    expect(addressedId(hash)).toBeUndefined();
});

test('a title of nothing but spaces and marks of direction is none', () => {
  for (const title of ['', '  ', '\u200b\u202e', '\u0007']) expect(hasLetters(title)).toBe(false);
  for (const title of ['a', '你好', '…', '👍', '\u202e1']) expect(hasLetters(title)).toBe(true);
});

test('a key goes into a header and a subprotocol, an empty one nowhere', () => {
  expect(keyHeaders('k')).toEqual({ authorization: 'Bearer k' });
  expect(keyProtocols('k?>ü')).toEqual(['quire', `quire.key.${Buffer.from('k?>ü').toString('base64url')}`]);
  expect([keyHeaders(''), keyProtocols('')]).toEqual([{}, []]);
});

test('a title becomes a name that every file system takes', () => {
  expect(fileName('a/b: "c"?', 'json')).toBe('a b c.json');
  expect(fileName('..', 'markdown')).toBe('conversation.md');
  expect(fileName('珠峰', 'markdown')).toBe('珠峰.md');
});

test('days begin at midnight, and groups without conversations are left out', () => {
  const now = new Date(2026, 4, 20, 0, 30).getTime();
  const at = (id: string, ...time: [number, number, number, number]) => ({
    id,
    title: id,
    createdAt: 0,
    updatedAt: new Date(...time).getTime(),
  });
  const topics = [
    at('a', 2026, 4, 20, 0),
    at('b', 2026, 4, 19, 23),
    at('c', 2026, 4, 13, 0),
    at('d', 2026, 4, 12, 23),
  ];
  const groups = groupTopics(topics, now).map((group) => [
    group.name,
    group.topics.map(({ id }) => id).join(),
  ]);
  expect(groups).toEqual([
    ['today', 'a'],
    ['yesterday', 'b'],
    ['week', 'c'],
    ['earlier', 'd'],
  ]);
  expect(groupTopics([], now)).toEqual([]);
});
