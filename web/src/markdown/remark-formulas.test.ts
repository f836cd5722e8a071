// Formulas combined with other Markdown syntax, rendered to HTML.

import fc from 'fast-check';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import Markdown from 'react-markdown';
import remarkBreaks from 'remark-breaks';
import remarkGfm from 'remark-gfm';
import type { PluggableList } from 'unified';
import { expect, test } from 'vitest';
import { findFormulas } from './find-formulas.ts';
import { rehypeAnswer } from './rehype-answer.ts';
import { remarkFormulas } from './remark-formulas.ts';

function render(text: string): string {
  const remarkPlugins: PluggableList = [remarkGfm, remarkBreaks, [remarkFormulas, findFormulas(text)]];
  const options = { remarkPlugins, rehypePlugins: [rehypeAnswer] };
  return renderToStaticMarkup(createElement(Markdown, options, text));
}

const inline = (source: string, value: string) =>
  `<x-formula source="${source}" value="${value}"></x-formula>`;
const display = (source: string, value: string) =>
  `<x-formula display="" source="${source}" value="${value}"></x-formula>`;

test.each([
  ['so \\(a_1 * b_1\\) is', `<p dir="auto">so ${inline('\\(a_1 * b_1\\)', 'a_1 * b_1')} is</p>`],
  ['*so $a*b$*', `<p dir="auto"><em>so ${inline('$a*b$', 'a*b')}</em></p>`],
  ['`$x$` and `\\(y\\)`', '<p dir="auto"><code>$x$</code> and <code>\\(y\\)</code></p>'],
  ['[a](https://b.c/$d$)', '<p dir="auto"><a href="https://b.c/$d$">a</a></p>'],
  [
    'a\n\\[\nx\n+ y\n\\]\nb',
    `<p dir="auto">a</p>\n${display('\\[\nx\n+ y\n\\]', 'x\n+ y')}\n<p dir="auto">b</p>`,
  ],
  ['then \\[ x \\].', `<p dir="auto">then ${display('\\[ x \\]', 'x')}.</p>`],
  [
    '> $$\n> x\n> $$\nb',
    `<blockquote dir="auto">\n${display('$$\nx\n$$', 'x')}\n</blockquote>\n<p dir="auto">b</p>`,
  ],
  ['an open \\( x and \\[ y', '<p dir="auto">an open \\( x and \\[ y</p>'],
])('%j is rendered to HTML', (text, expected) => {
  expect(render(text)).toBe(expected);
});

test('a display formula in a list does not end the list', () => {
  const html = render('- a\n\n  \\[\n  x\n  - y\n  \\]\n\n- b');
  expect(html.match(/<ul/g)).toHaveLength(1);
  expect(html).toContain(display('\\[\nx\n- y\n\\]', 'x\n- y'));
});

test.each(['\n', '\r\n', '\r'])('with lines that end in %j an empty line ends a formula', (newline) => {
  const lines = (...parts: string[]) => render(parts.join(newline));
  expect(lines('\\[', 'x', '+ y', '\\]')).toContain('value="x');
  expect(lines('\\[', 'x', '', '+ y', '\\]')).not.toContain('x-formula');
  expect(lines('$a', 'b$')).not.toContain('x-formula');
});

test('lines without content inside a formula are no error', () => {
  for (const blank of ['', '-', '>', '> ', '1.']) render(`\\[\n${blank}\r\n\r\n$\n${blank}\n\\]`);
});

test('a fenced code block with a formula is rendered as code', () => {
  expect(render('```\n$$\nx\n$$\n```')).toContain('<code>$$\nx\n$$\n</code>');
});

test('headings start at h3, whatever level the first heading of the answer has', () => {
  expect(render('## A\n\n### B')).toMatch(
    /<h3 dir="auto" data-level="1">A<\/h3>\s*<h4 [^>]*data-level="2">B/,
  );
  expect(render('# A\n\n##### B')).toMatch(/<h3 [^>]*>A<\/h3>\s*<h6 [^>]*data-level="5">B/);
});

test('a single newline is a line break', () => {
  expect(render('Roses are red\nViolets are blue')).toMatch(/red<br\/>\s*Violets/);
});

test('the parser throws for no combination of syntax', () => {
  const inLine = '$ $$ \\[ \\] \\( \\) \\ ` | * [ ]( < a'.split(' ');
  const spaced = [' ', '    ', '\t', '\n', '\n\n', '\r\n', '\r', '> ', '- ', '1. ', '# ', '```\n', '\n|-|\n'];
  const piece = fc.constantFrom(...inLine, ...spaced);
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (mixture) => {
      render(mixture.join(''));
    }),
    { numRuns: 1000 },
  );
});
