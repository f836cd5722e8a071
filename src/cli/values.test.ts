import { expect, test } from 'vitest';
import { integer, number, port, repeated, repeatedIds, size, tokenBias } from './values.ts';

const refused = (parse: () => unknown): void =>
  expect(parse).toThrow(expect.objectContaining({ code: 'commander.invalidArgument' }));

test.each([
  ['512MiB', 512 * 2 ** 20],
  ['2GiB', 2 ** 31],
  ['2gib', 2 ** 31],
  ['1.5 GB', 1.5e9],
  ['64KiB', 65_536],
  ['10B', 10],
  ['4096', 4096],
])('the size %s is %d bytes', (text, bytes) => {
  expect(size(text)).toBe(bytes);
});

test.each(['', 'MiB', '-1MiB', '5XB', '5 MiB MiB', '1e3', '5,5GB', 'ten'])('%j is not a size', (text) => {
  refused(() => size(text));
});

test('parses numbers and whole numbers', () => {
  expect([number('0.7'), number('-1'), integer('0'), integer('-3')]).toEqual([0.7, -1, 0, -3]);
});

test.each(['', ' ', 'x', '1x', 'NaN', 'Infinity', '1,5'])('%j is not a number', (text) => {
  refused(() => number(text));
});

test.each(['1.5', '1e300', 'x'])('%j is not a whole number', (text) => {
  refused(() => integer(text));
});

test('ports are whole numbers of 16 bits', () => {
  expect([port('0'), port('65535')]).toEqual([0, 65_535]);
  for (const text of ['-1', '65536', '80.5', 'http']) refused(() => port(text));
});

test('a repeated option is collected in order', () => {
  expect(repeated('b', repeated('a'))).toEqual(['a', 'b']);
});

test('biases of tokens are collected as pairs', () => {
  expect(tokenBias('7=2.5', tokenBias('42=-100'))).toEqual([
    [42, -100],
    [7, 2.5],
  ]);
});

test.each(['', '42', '42=', '=5', 'x=5', '-1=5', '1.5=5', '42=x', '42:5', '42=-Infinity'])(
  '%j is no bias of a token',
  (text) => {
    refused(() => tokenBias(text));
  },
);

test('sequences of token ids have commas between their ids', () => {
  expect(repeatedIds('7', repeatedIds('42, 5'))).toEqual([[42, 5], [7]]);
});

test.each(['', ' ', 'x', '1,x', '1,,2', ',1', '1 2', '1.5', '-1'])(
  '%j is no sequence of token ids',
  (text) => {
    const message = 'Use token ids with commas between them, such as 42 or 42,7';
    expect(() => repeatedIds(text)).toThrow(message);
  },
);
