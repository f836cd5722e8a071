import { expect, test } from 'vitest';
import { QuireError } from './errors.ts';
import { escapeControls, escapeControlsInJson } from './printable.ts';

const TITLE = 'a\u001b]0;owned\u0007b\u009b2Jc\u007fd';

test('escapeControls escapes control characters and leaves other text unchanged', () => {
  expect(escapeControls(TITLE)).toBe('a\\x1b]0;owned\\x07b\\x9b2Jc\\x7fd');
  expect(escapeControls('one\r\ntwo\tthree\n你好 🌊 שלום')).toBe('one\ntwo\tthree\n你好 🌊 שלום');
});

test('escapeControlsInJson returns JSON that parses to the same value', () => {
  const text = escapeControlsInJson(JSON.stringify({ title: TITLE }));
  expect([...text].filter((character) => /\p{Cc}/u.test(character))).toEqual([]);
  expect(JSON.parse(text)).toEqual({ title: TITLE });
});

test('`line` of a QuireError has no control characters, and only `fullLine` contains the detail', () => {
  const error = new QuireError('not_found', `no ${TITLE}`, 'look', { detail: 'SQLITE\u001b[2J' });
  expect(error.line).toBe('not_found: no a\\x1b]0;owned\\x07b\\x9b2Jc\\x7fd; look');
  expect(error.fullLine).toBe(`${error.line} (SQLITE\\x1b[2J)`);
});
