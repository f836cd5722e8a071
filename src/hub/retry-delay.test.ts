import { expect, test } from 'vitest';
import { retryDelayMs } from './retry-delay.ts';

const TIMING = { retries: 4, firstDelayMs: 500, longestDelayMs: 3000 };
const NOW = Date.UTC(2026, 0, 1);

const delay = (failures: number, retryAfter?: string) => retryDelayMs(failures, retryAfter, TIMING, NOW);

test('twice as long each time, up to the longest, then never', () => {
  expect([1, 2, 3, 4, 5].map((failures) => delay(failures))).toEqual([500, 1000, 2000, 3000, undefined]);
});

test.each([
  ['2', 2000],
  ['0', 0],
  ['Thu, 01 Jan 2026 00:00:01 GMT', 1000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['3600', undefined],
  ['soon', 500],
  ['-1', 500],
])('a server that asks for %j gets %j', (retryAfter, expected) => {
  expect(delay(1, retryAfter)).toBe(expected);
});

test('asking does not go on for ever', () => {
  expect(delay(5, '0')).toBeUndefined();
});
