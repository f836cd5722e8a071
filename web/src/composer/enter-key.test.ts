import { expect, test } from 'vitest';
import { confirmsInput, type KeyPress, sendsMessage } from './enter-key.ts';

const press = (changes: Partial<KeyPress> = {}): KeyPress => ({
  key: 'Enter',
  keyCode: 13,
  isComposing: false,
  shiftKey: false,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  ...changes,
});

test('Enter sends', () => {
  expect(sendsMessage(press(), false, false)).toBe(true);
});

test('Shift + Enter, Alt + Enter and other keys do not send', () => {
  expect(sendsMessage(press({ shiftKey: true }), false, false)).toBe(false);
  expect(sendsMessage(press({ altKey: true }), false, false)).toBe(false);
  expect(sendsMessage(press({ key: 'a', keyCode: 65 }), false, false)).toBe(false);
});

test.each([
  ['as Chromium and Firefox tell it', press({ isComposing: true, keyCode: 229 }), true],
  ['with the flag alone', press({ isComposing: true }), false],
  ['with only the events of the field', press(), true],
  ['as Safari tells it: the composition has just ended', press({ keyCode: 229 }), false],
])('Enter of an input method does not send, %s', (_, key, composing) => {
  expect(sendsMessage(key, composing, false)).toBe(false);
});

test('on a touch screen Enter does not send a message but confirms a title', () => {
  expect(sendsMessage(press(), false, true)).toBe(false);
  expect(sendsMessage(press({ ctrlKey: true }), false, true)).toBe(true);
  expect(sendsMessage(press({ metaKey: true }), false, true)).toBe(true);
  expect(confirmsInput(press(), false)).toBe(true);
});
