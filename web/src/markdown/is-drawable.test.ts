// What is too much for the Markdown parser is known before it begins: counted, not timed.

import { expect, test } from 'vitest';
import { DEEPEST, isDrawable, MOST_MARKS, MOST_UNDERLINES } from './is-drawable.ts';

test.each([
  ['one mark after the other', 'a*'.repeat(MOST_MARKS + 1)],
  ['brackets', ']'.repeat(MOST_MARKS + 1)],
  ['marks over lines of one paragraph', 'a*\n'.repeat(MOST_MARKS + 1)],
  ['marks in a quote', '> a*\n'.repeat(MOST_MARKS + 1)],
  ['marks between what only looks like lists', '2. a*\n+ \n'.repeat(MOST_MARKS + 1)],
  ['underlined headings', 'a\n=\n'.repeat(MOST_UNDERLINES + 1)],
  ['quotes in quotes', `${'>'.repeat(DEEPEST + 1)} a`],
  ['lists in lists on one line', `${'1. '.repeat(DEEPEST + 1)}a`],
  [
    'lists in lists over lines',
    Array.from({ length: 4 * DEEPEST }, (_, depth) => `${'  '.repeat(depth)}- a`).join('\n'),
  ],
  ['a table of many cells', `|${'a|'.repeat(500)}\n|${'-|'.repeat(500)}\n`.repeat(20)],
  ['entries of a list', '- a\n'.repeat(10_000)],
  ['two megabytes', 'a'.repeat(2_000_000)],
])('too much: %s', (_, text) => {
  expect(isDrawable(text)).toBe(false);
});

test.each([
  ['nothing', ''],
  [
    'a long essay',
    `${'A sentence with **bold** and [a link](https://example.org). '.repeat(10)}\n\n`.repeat(100),
  ],
  ['a list of bold entries', '- **Name**: what it is\n'.repeat(500)],
  ['a table', '| **a** | b | c |\n'.repeat(300)],
  ['long code', `\`\`\`js\n${'a[b][c] *= d[e] | f;\n'.repeat(30_000)}\`\`\`\n`],
  ['a line of dashes', '- '.repeat(20)],
  ['code without a fence, far at the right', `${' '.repeat(300)}a * b`],
])('drawn: %s', (_, text) => {
  expect(isDrawable(text)).toBe(true);
});

test('code ends with its fence', () => {
  const marks = 'a*'.repeat(MOST_MARKS + 1);
  expect(isDrawable(`\`\`\`\n${marks}\n\`\`\``)).toBe(true);
  expect(isDrawable(`~~~\n${marks}\n~~~~\n${marks}`)).toBe(false);
  expect(isDrawable(`\`\`\`a\`b\n${marks}`)).toBe(false);
});
