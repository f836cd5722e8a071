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
])('formatNumber formats %d as %s', (value, expected) => expect(formatNumber(value)).toBe(expected));

test.each([
  [0, '0 B'],
  [720, '720 B'],
  [2560, '2.5 KiB'],
  [3 * 2 ** 20, '3 MiB'],
  [1.5 * 2 ** 40, '1.5 TiB'],
  [2 ** 60, '1,048,576 TiB'],
])('formatBytes formats %d as %s', (bytes, expected) => expect(formatBytes(bytes)).toBe(expected));

test('formatCell formats bytes with their unit, and texts in one language', () => {
  const formatted = (value: Parameters<typeof formatCell>[0], unit?: string): string =>
    formatCell(value, unit === undefined ? {} : { unit }, 'zh');
  expect(formatted(null)).toBe('–');
  expect([formatted(true), formatted(false)]).toEqual(['✓', '✗']);
  expect(formatted(text('cache', '缓存'))).toBe('缓存');
  expect(formatted('f16')).toBe('f16');
  expect(formatted(2048, 'bytes')).toBe('2 KiB');
  expect(formatted(2048, 'ms')).toBe('2,048');
});

test('unitOf returns the unit of a column, except for bytes, whose cells contain the unit', () => {
  expect([unitOf({ unit: 'ms' }, 'en'), unitOf({ unit: 'bytes' }, 'en'), unitOf({}, 'en')]).toEqual([
    ' (ms)',
    '',
    '',
  ]);
});
