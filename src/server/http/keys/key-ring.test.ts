import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { apiKey } from './api-key.ts';
import { KeyRing } from './key-ring.ts';

const SECRET = Buffer.alloc(32, 7);
const keyRing = (...keys: ReturnType<typeof apiKey>[]): KeyRing => new KeyRing(keys, SECRET);
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

test('the id of a key is stable and cannot be computed without the secret', () => {
  const keys = keyRing(apiKey('one'), apiKey('two'));
  const id = keys.check('two')!;
  expect(id).toMatch(/^[0-9a-f]{16}$/);
  expect(keys.check('one')).not.toBe(id);
  expect(hashOf('two').startsWith(id)).toBe(false);
  expect(new KeyRing([apiKey('two')], Buffer.alloc(32, 8)).check('two')).not.toBe(id);
  expect(keyRing(apiKey('two')).check('two')).toBe(id);
  for (const wrongKey of [undefined, '', 'on', 'one ', 'ONE', 'three', hashOf('one')])
    expect(keys.check(wrongKey)).toBeUndefined();
});

test('without keys every request has the same empty id', () => {
  expect([keyRing().check(undefined), keyRing().check('anything')]).toEqual(['', '']);
});

test('the objects of keys and key rings do not contain the text of a key', () => {
  const inspected = inspect([apiKey('a-key-to-hide', { name: 'ada' }), keyRing(apiKey('a-key-to-hide'))], {
    depth: 9,
    showHidden: true,
  });
  expect(inspected).not.toContain('a-key-to-hide');
});

test('the id of a named key depends on its name only', () => {
  const before = keyRing(apiKey('old', { name: 'ada' })).check('old');
  const keys = keyRing(apiKey('new', { name: 'ada' }), apiKey('old', { name: 'bob' }));
  expect(keys.check('new')).toBe(before);
  expect(keys.check('old')).not.toBe(before);
  expect(keys.nameOf(before!)).toBe('ada');
});

test('a key ring accepts a key that is specified by its hash', () => {
  const keys = keyRing(apiKey(`sha256:${hashOf('one')}`));
  expect(keys.check('one')).toBe(keyRing(apiKey('one')).check('one'));
  expect(keys.check(`sha256:${hashOf('one')}`)).toBeUndefined();
});

test('formerIds returns the ids that a key had before the key was named, and in older versions of Quire', () => {
  const [unnamed] = keyRing(apiKey('one')).ids;
  const keys = keyRing(apiKey('one', { name: 'ada' }));
  const [to] = keys.ids;
  expect(keys.formerIds()).toEqual([
    { from: hashOf('one').slice(0, 16), to },
    { from: unnamed, to },
  ]);
});

test('`replace` changes the keys and returns the ids that are no longer valid', () => {
  const keys = keyRing(apiKey('one'), apiKey('two', { name: 'ada' }));
  const [one, ada] = keys.ids;
  expect(keys.replace([apiKey('three'), apiKey('four', { name: 'ada' })])).toEqual([one]);
  expect([keys.check('one'), keys.check('two'), keys.check('four')]).toEqual([undefined, undefined, ada]);
  expect(() => keys.replace([apiKey('five'), apiKey('five')])).toThrow(/twice/);
  expect(keys.check('four')).toBe(ada);
});

test.each(['', 'a b', 'ключ', 'x\n'])('apiKey rejects %j', (key) => {
  expect(() => apiKey(key)).toThrow(expect.objectContaining({ code: 'bad_option' }));
});

test('a key ring rejects a repeated key or name', () => {
  expect(() => keyRing(apiKey('one'), apiKey('one', { name: 'x' }))).toThrow(/same API key/);
  expect(() => keyRing(apiKey('one', { name: 'x' }), apiKey('two', { name: 'x' }))).toThrow(/same name/);
});

test('apiKey marks keys of fewer than 16 characters as short', () => {
  expect(apiKey('x'.repeat(15)).short).toBe(true);
  expect(apiKey('x'.repeat(16)).short).toBe(false);
  expect(apiKey(`sha256:${hashOf('x')}`).short).toBe(false);
});
