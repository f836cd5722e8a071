// docs/sampling.md has one row for each sampling option, with the range that the checks have.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SamplingOptions } from '../../src/base/completer.ts';
import { NUMBER_OPTIONS, type NumberOptionName, numberOption } from '../../src/base/sampling-options.ts';

const PAGE = readFileSync(new URL('../../docs/sampling.md', import.meta.url), 'utf8');

// Cells of the rows that begin with an option in code: name, meaning, takes, default, from.
const ROWS = PAGE.split('\n')
  .filter((line) => /^\| `/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter((cells) => cells.length === 7)
  .map(([, name = '', , takes = '']) => ({ name: name.replaceAll('`', ''), takes }));

// The other options; the type says that none is left out.
const LISTS = {
  logitBias: true,
  badWords: true,
  badTokens: true,
  stop: true,
  stopTokens: true,
} satisfies Record<Exclude<keyof SamplingOptions, NumberOptionName>, true>;

it('has each option once', () => {
  const names = [...Object.keys(NUMBER_OPTIONS), ...Object.keys(LISTS)];
  expect(ROWS.map(({ name }) => name).sort()).toEqual(names.sort());
});

describe.each(Object.keys(NUMBER_OPTIONS) as NumberOptionName[])('%s', (name) => {
  it('takes what the docs say', () => {
    const option = numberOption(name);
    const takes = ROWS.find((row) => row.name === name)?.takes ?? '';
    const least = Math.min(option.from, ...Object.keys(option.also ?? {}).map(Number));
    const numbers = [...takes.matchAll(/-?\d+(?:\.\d+)?/g)].map(([number]) => Number(number));
    const range = option.to === Number.MAX_SAFE_INTEGER ? [least] : [least, option.to];
    expect(numbers).toEqual(range);
    expect(takes.includes('whole')).toBe(option.whole && option.to === Number.MAX_SAFE_INTEGER);
    expect(takes.includes('above')).toBe(option.above ?? false);
  });
});
