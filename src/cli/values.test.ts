import { expect, test } from 'vitest';
import {
  appendText,
  appendTokenBias,
  appendTokenIdList,
  parseInteger,
  parseIntegers,
  parseNumber,
  parsePort,
  parseSize,
} from './values.ts';

const expectInvalid = (parse: () => unknown): void =>
  expect(parse).toThrow(expect.objectContaining({ code: 'commander.invalidArgument' }));

test.each([
  ['512MiB', 512 * 2 ** 20],
  ['2GiB', 2 ** 31],
  ['1TiB', 2 ** 40],
  ['2gib', 2 ** 31],
  ['1.5 GB', 1.5e9],
  ['64KiB', 65_536],
  ['10B', 10],
  ['4096', 4096],
])('parseSize returns the bytes of %s: %d', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(['', 'MiB', '-1MiB', '5XB', '5 MiB MiB', '1e3', '5,5GB', 'ten'])('parseSize rejects %j', (text) => {
  expectInvalid(() => parseSize(text));
});

test('parseNumber and parseInteger accept negative numbers and 0', () => {
  expect([parseNumber('0.7'), parseNumber('-1'), parseInteger('0'), parseInteger('-3')]).toEqual([
    0.7, -1, 0, -3,
  ]);
});

test.each(['', ' ', 'x', '1x', 'NaN', 'Infinity', '1,5'])('parseNumber rejects %j', (text) => {
  expectInvalid(() => parseNumber(text));
});

test.each(['1.5', '1e300', 'x'])('parseInteger rejects %j', (text) => {
  expectInvalid(() => parseInteger(text));
});

test('parseIntegers accepts whole numbers that are separated by commas, and its error says so', () => {
  expect(parseIntegers('16, 64,256')).toEqual([16, 64, 256]);
  for (const text of ['1,,2', '1.5', '', '16;64'])
    expect(() => parseIntegers(text)).toThrow('Use whole numbers that are separated by commas');
});

test('parsePort accepts whole numbers of 16 bits', () => {
  expect([parsePort('0'), parsePort('65535')]).toEqual([0, 65_535]);
  for (const text of ['-1', '65536', '80.5', 'http']) expectInvalid(() => parsePort(text));
});

test('appendText collects the values of a repeated option in order', () => {
  expect(appendText('b', appendText('a'))).toEqual(['a', 'b']);
});

test('appendTokenBias collects pairs of token id and bias', () => {
  expect(appendTokenBias('7=2.5', appendTokenBias('42=-100'))).toEqual([
    [42, -100],
    [7, 2.5],
  ]);
});

test.each(['', '42', '42=', '=5', 'x=5', '-1=5', '1.5=5', '42=x', '42:5', '42=-Infinity'])(
  'appendTokenBias rejects %j',
  (text) => {
    expectInvalid(() => appendTokenBias(text));
  },
);

test('appendTokenIdList collects comma-separated token ids', () => {
  expect(appendTokenIdList('7', appendTokenIdList('42, 5'))).toEqual([[42, 5], [7]]);
});

test.each(['', ' ', 'x', '1,x', '1,,2', ',1', '1 2', '1.5', '-1'])('appendTokenIdList rejects %j', (text) => {
  const message = 'Use comma-separated token ids, such as 42 or 42,7';
  expect(() => appendTokenIdList(text)).toThrow(message);
});
