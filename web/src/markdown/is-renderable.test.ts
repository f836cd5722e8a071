// isRenderable detects texts that are too expensive for the Markdown parser, without running the parser.

import { expect, test } from 'vitest';
import { isRenderable, MAX_DEPTH, MAX_MARKS, MAX_UNDERLINED_HEADINGS } from './is-renderable.ts';

test.each([
  ['many marks in one line', 'a*'.repeat(MAX_MARKS + 1)],
  ['brackets', ']'.repeat(MAX_MARKS + 1)],
  ['marks in many lines of one paragraph', 'a*\n'.repeat(MAX_MARKS + 1)],
  ['marks in a quote', '> a*\n'.repeat(MAX_MARKS + 1)],
  [
    'marks between lines that look like list items but continue the paragraph',
    '2. a*\n+ \n'.repeat(MAX_MARKS + 1),
  ],
  ['underlined headings', 'a\n=\n'.repeat(MAX_UNDERLINED_HEADINGS + 1)],
  ['quotes in quotes', `${'>'.repeat(MAX_DEPTH + 1)} a`],
  ['lists in lists on one line', `${'1. '.repeat(MAX_DEPTH + 1)}a`],
  [
    'lists in lists over lines',
    Array.from({ length: 4 * MAX_DEPTH }, (_, depth) => `${'  '.repeat(depth)}- a`).join('\n'),
  ],
  ['a table of many cells', `|${'a|'.repeat(500)}\n|${'-|'.repeat(500)}\n`.repeat(20)],
  ['a long list', '- a\n'.repeat(10_000)],
  ['two megabytes', 'a'.repeat(2_000_000)],
])('isRenderable returns false for %s', (_, text) => {
  expect(isRenderable(text)).toBe(false);
});

test.each([
  ['an empty text', ''],
  [
    'a long essay',
    `${'A sentence with **bold** and [a link](https://example.org). '.repeat(10)}\n\n`.repeat(100),
  ],
  ['a list of bold entries', '- **Name**: what it is\n'.repeat(500)],
  ['a table', '| **a** | b | c |\n'.repeat(300)],
  ['long code', `\`\`\`js\n${'a[b][c] *= d[e] | f;\n'.repeat(30_000)}\`\`\`\n`],
  ['a line of dashes', '- '.repeat(20)],
  ['deeply indented code without a fence', `${' '.repeat(300)}a * b`],
])('isRenderable returns true for %s', (_, text) => {
  expect(isRenderable(text)).toBe(true);
});

test('isRenderable does not count marks inside a fenced code block, which ends with its closing fence', () => {
  const marks = 'a*'.repeat(MAX_MARKS + 1);
  expect(isRenderable(`\`\`\`\n${marks}\n\`\`\``)).toBe(true);
  expect(isRenderable(`~~~\n${marks}\n~~~~\n${marks}`)).toBe(false);
  expect(isRenderable(`\`\`\`a\`b\n${marks}`)).toBe(false);
});
