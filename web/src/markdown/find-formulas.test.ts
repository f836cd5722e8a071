// Tests which texts findFormulas accepts as formulas; prices, shell variables and regular expressions are not formulas.

import { expect, test } from 'vitest';
import { findFormulas, MAX_FORMULA_LENGTH, MAX_FORMULAS } from './find-formulas.ts';

/** Returns the formulas of a text from left to right, as the parser accepts them if the text has no other Markdown. */
function formulas(text: string): string[] {
  const ranges = findFormulas(text);
  const found: string[] = [];
  for (let offset = 0; offset < text.length; offset++) {
    const range = ranges.get(offset);
    if (!range) continue;
    found.push(text.slice(offset, range.end));
    offset = range.end - 1;
  }
  return found;
}

test.each([
  ['$x$ and $y_1$.', ['$x$', '$y_1$']],
  ['the $n$th, $n$-th, ($n$)', ['$n$', '$n$', '$n$']],
  ['$\\$5$', ['$\\$5$']],
  ['$2 \\text{ kg}$, $3x + 4y$', ['$2 \\text{ kg}$', '$3x + 4y$']],
  ['$$x^2$$', ['$$x^2$$']],
  ['$$\nx\n+ y\n$$', ['$$\nx\n+ y\n$$']],
  ['\\(e^{i\\pi}\\) \\[ \\frac{a}{b} \\]', ['\\(e^{i\\pi}\\)', '\\[ \\frac{a}{b} \\]']],
  ['$$a$$ text $$b$$', ['$$a$$', '$$b$$']],
])('findFormulas finds the formulas in %j', (text, expected) => {
  expect(formulas(text)).toEqual(expected);
});

test.each([
  '$5 and $10',
  'from $5-$10, or $5/$10',
  'US$5 and A$10$',
  '$5, or 4$ in total',
  'echo $HOME/$USER and $PATH',
  '$ x $',
  '\\$x\\$',
  '$$ $$ and \\(\\)',
  '$a\nb$',
  '$$a\n\nb$$',
  '\\[an escaped link\\](https://example.org)',
  '\\\\[4pt]',
  'an open \\( and an open $$ x',
  `$$${'x'.repeat(MAX_FORMULA_LENGTH)}$$`,
])('findFormulas finds no formula in %j', (text) => {
  expect(formulas(text)).toEqual([]);
});

test('findFormulas finds at most 500 formulas', () => {
  expect(formulas('$x$ '.repeat(MAX_FORMULAS + 10))).toHaveLength(MAX_FORMULAS);
});

// A quadratic algorithm would exceed the timeout of the test.
test.each(['\\[', '\\(', '$$ ', '$a ', '\\'])(
  'findFormulas scans 100,000 repetitions of %j in linear time',
  (opener) => {
    expect(findFormulas(opener.repeat(100_000)).size).toBe(0);
  },
);
