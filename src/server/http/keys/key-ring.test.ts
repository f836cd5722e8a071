import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { apiKey } from './api-key.ts';
import { KeyRing } from './key-ring.ts';

const SECRET = Buffer.alloc(32, 7);
const ring = (...keys: ReturnType<typeof apiKey>[]): KeyRing => new KeyRing(keys, SECRET);
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

test('a key is known by an id that nobody can compute who has not the secret', () => {
  const keys = ring(apiKey('one'), apiKey('two'));
  const id = keys.check('two')!;
  expect(id).toMatch(/^[0-9a-f]{16}$/);
  expect(keys.check('one')).not.toBe(id);
  expect(hashOf('two').startsWith(id)).toBe(false);
  expect(new KeyRing([apiKey('two')], Buffer.alloc(32, 8)).check('two')).not.toBe(id);
  expect(ring(apiKey('two')).check('two')).toBe(id); // and it stays
  for (const wrong of [undefined, '', 'on', 'one ', 'ONE', 'three', hashOf('one')])
    expect(keys.check(wrong)).toBeUndefined();
});

test('without keys everybody is let in, and all are one', () => {
  expect([ring().check(undefined), ring().check('anything')]).toEqual(['', '']);
});

test('nothing that is kept shows a key', () => {
  const kept = inspect([apiKey('a-key-to-hide', { name: 'ada' }), ring(apiKey('a-key-to-hide'))], {
    depth: 9,
    showHidden: true,
  });
  expect(kept).not.toContain('a-key-to-hide');
});

test('a named key is known by its name, whatever it is', () => {
  const before = ring(apiKey('old', { name: 'ada' })).check('old');
  const keys = ring(apiKey('new', { name: 'ada' }), apiKey('old', { name: 'bob' }));
  expect(keys.check('new')).toBe(before);
  expect(keys.check('old')).not.toBe(before);
  expect(keys.nameOf(before!)).toBe('ada');
});

test('a key may be given as its hash', () => {
  const keys = ring(apiKey(`sha256:${hashOf('one')}`));
  expect(keys.check('one')).toBe(ring(apiKey('one')).check('one'));
  expect(keys.check(`sha256:${hashOf('one')}`)).toBeUndefined();
});

test('what a key had under its old ids is looked for', () => {
  const [unnamed] = ring(apiKey('one')).ids;
  const keys = ring(apiKey('one', { name: 'ada' }));
  const [to] = keys.ids;
  expect(keys.formerIds()).toEqual([
    { from: hashOf('one').slice(0, 16), to },
    { from: unnamed, to },
  ]);
});

test('other keys are let in from now on, and it says whose ids are gone', () => {
  const keys = ring(apiKey('one'), apiKey('two', { name: 'ada' }));
  const [one, ada] = keys.ids;
  expect(keys.replace([apiKey('three'), apiKey('four', { name: 'ada' })])).toEqual([one]);
  expect([keys.check('one'), keys.check('two'), keys.check('four')]).toEqual([undefined, undefined, ada]);
  expect(() => keys.replace([apiKey('five'), apiKey('five')])).toThrow(/twice/);
  expect(keys.check('four')).toBe(ada);
});

test.each(['', 'a b', 'ключ', 'x\n'])('%j is no key', (key) => {
  expect(() => apiKey(key)).toThrow(expect.objectContaining({ code: 'bad_option' }));
});

test('a key or a name that is there twice is refused', () => {
  expect(() => ring(apiKey('one'), apiKey('one', { name: 'x' }))).toThrow(/same API key/);
  expect(() => ring(apiKey('one', { name: 'x' }), apiKey('two', { name: 'x' }))).toThrow(/same name/);
});

test('a short key is told from one that nobody guesses', () => {
  expect(apiKey('x'.repeat(15)).short).toBe(true);
  expect(apiKey('x'.repeat(16)).short).toBe(false);
  expect(apiKey(`sha256:${hashOf('x')}`).short).toBe(false);
});
