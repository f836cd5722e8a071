import { expect, test } from 'vitest';
import { formatBytes } from './format-bytes.ts';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1.5 * 2 ** 20, '1.5 MiB'],
  [3 * 2 ** 50, '3072.0 TiB'],
])('formatBytes(%d) returns %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
