// Texts that are too expensive for the Markdown parser are recognized by counting, before it runs.

import { expect, test } from 'vitest';
import { isRenderable, MAX_DEPTH, MAX_MARKS, MAX_UNDERLINED_HEADINGS } from './is-renderable.ts';

test.each([
  ['one mark after the other', 'a*'.repeat(MAX_MARKS + 1)],
  ['brackets', ']'.repeat(MAX_MARKS + 1)],
  ['marks over lines of one paragraph', 'a*\n'.repeat(MAX_MARKS + 1)],
  ['marks in a quote', '> a*\n'.repeat(MAX_MARKS + 1)],
  ['marks between what only looks like lists', '2. a*\n+ \n'.repeat(MAX_MARKS + 1)],
  ['underlined headings', 'a\n=\n'.repeat(MAX_UNDERLINED_HEADINGS + 1)],
  ['quotes in quotes', `${'>'.repeat(MAX_DEPTH + 1)} a`],
  ['lists in lists on one line', `${'1. '.repeat(MAX_DEPTH + 1)}a`],
  [
    'lists in lists over lines',
    Array.from({ length: 4 * MAX_DEPTH }, (_, depth) => `${'  '.repeat(depth)}- a`).join('\n'),
  ],
  ['a table of many cells', `|${'a|'.repeat(500)}\n|${'-|'.repeat(500)}\n`.repeat(20)],
  ['entries of a list', '- a\n'.repeat(10_000)],
  ['two megabytes', 'a'.repeat(2_000_000)],
])('not rendered: %s', (_, text) => {
  expect(isRenderable(text)).toBe(false);
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
])('rendered: %s', (_, text) => {
  expect(isRenderable(text)).toBe(true);
});

test('a code block ends with its fence', () => {
  const marks = 'a*'.repeat(MAX_MARKS + 1);
  expect(isRenderable(`\`\`\`\n${marks}\n\`\`\``)).toBe(true);
  expect(isRenderable(`~~~\n${marks}\n~~~~\n${marks}`)).toBe(false);
  expect(isRenderable(`\`\`\`a\`b\n${marks}`)).toBe(false);
});
