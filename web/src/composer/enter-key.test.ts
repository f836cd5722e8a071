import { expect, test } from 'vitest';
import { type KeyPress, shouldConfirmInput, shouldSendMessage } from './enter-key.ts';

const keyPress = (changes: Partial<KeyPress> = {}): KeyPress => ({
  key: 'Enter',
  keyCode: 13,
  isComposing: false,
  shiftKey: false,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  ...changes,
});

test('Enter sends the message', () => {
  expect(shouldSendMessage(keyPress(), false, false)).toBe(true);
});

test('Shift + Enter, Alt + Enter and other keys do not send the message', () => {
  expect(shouldSendMessage(keyPress({ shiftKey: true }), false, false)).toBe(false);
  expect(shouldSendMessage(keyPress({ altKey: true }), false, false)).toBe(false);
  expect(shouldSendMessage(keyPress({ key: 'a', keyCode: 65 }), false, false)).toBe(false);
});

test.each([
  ['as Chromium and Firefox report it', keyPress({ isComposing: true, keyCode: 229 }), true],
  ['with isComposing only', keyPress({ isComposing: true }), false],
  ['with the composition events of the field only', keyPress(), true],
  ['as Safari reports it after the end of the composition', keyPress({ keyCode: 229 }), false],
])('Enter that confirms an input method candidate does not send the message, %s', (_, key, composing) => {
  expect(shouldSendMessage(key, composing, false)).toBe(false);
});

test('on a touch screen Enter does not send a message but confirms a title', () => {
  expect(shouldSendMessage(keyPress(), false, true)).toBe(false);
  expect(shouldSendMessage(keyPress({ ctrlKey: true }), false, true)).toBe(true);
  expect(shouldSendMessage(keyPress({ metaKey: true }), false, true)).toBe(true);
  expect(shouldConfirmInput(keyPress(), false)).toBe(true);
});
