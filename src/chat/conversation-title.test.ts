import { expect, test } from 'vitest';
import { titleOf } from './conversation-title.ts';

test.each([
  ['  Hello there  \nmore', 'Hello there'],
  ['', ''],
  [`${'word '.repeat(20)}`, `${'word '.repeat(12).trimEnd()} ...`],
  ['x'.repeat(100), `${'x'.repeat(60)} ...`],
  ['🌊'.repeat(60), '🌊'.repeat(60)],
])('titleOf returns the title of the message %j', (message, title) => {
  expect(titleOf(message)).toBe(title);
});
