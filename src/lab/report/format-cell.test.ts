import { expect, test } from 'vitest';
import { text } from '../text.ts';
import { formatBytes, formatCell, formatNumber, unitOf } from './format-cell.ts';

test.each([
  [0, '0'],
  [42, '42'],
  [1234567, '1,234,567'],
  [0.12345, '0.123'],
  [12.345, '12.3'],
  [123.456, '123.5'],
  [-2.7654, '-2.77'],
  [0.00012345, '1.23e-4'],
  [12345678.9, '1.23e+7'],
  [Number.NaN, 'NaN'],
])('%d is formatted as %s', (value, words) => expect(formatNumber(value)).toBe(words));

test.each([
  [0, '0 B'],
  [720, '720 B'],
  [2560, '2.5 KiB'],
  [3 * 2 ** 20, '3 MiB'],
  [1.5 * 2 ** 40, '1.5 TiB'],
  [2 ** 60, '1,048,576 TiB'],
])('%d bytes are formatted as %s', (bytes, words) => expect(formatBytes(bytes)).toBe(words));

test('a cell shows its value: bytes with their unit, texts in one language', () => {
  const cell = (value: Parameters<typeof formatCell>[0], unit?: string): string =>
    formatCell(value, unit === undefined ? {} : { unit }, 'zh');
  expect(cell(null)).toBe('–');
  expect([cell(true), cell(false)]).toEqual(['✓', '✗']);
  expect(cell(text('cache', '缓存'))).toBe('缓存');
  expect(cell('f16')).toBe('f16');
  expect(cell(2048, 'bytes')).toBe('2 KiB');
  expect(cell(2048, 'ms')).toBe('2,048');
});

test('a heading contains its unit, except for bytes, whose cells contain it', () => {
  expect([unitOf({ unit: 'ms' }, 'en'), unitOf({ unit: 'bytes' }, 'en'), unitOf({}, 'en')]).toEqual([
    ' (ms)',
    '',
    '',
  ]);
});
