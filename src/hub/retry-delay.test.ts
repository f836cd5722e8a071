import { expect, test } from 'vitest';
import { retryDelayMs } from './retry-delay.ts';

const TIMING = { retries: 4, firstDelayMs: 500, maxDelayMs: 3000 };
const NOW = Date.UTC(2026, 0, 1);

const delay = (failures: number, retryAfter?: string) => retryDelayMs(failures, retryAfter, TIMING, NOW);

test('the delay doubles up to the maximum, and is undefined after the last retry', () => {
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
])('Retry-After %j gives a delay of %j ms', (retryAfter, expected) => {
  expect(delay(1, retryAfter)).toBe(expected);
});

test('Retry-After does not increase the number of retries', () => {
  expect(delay(5, '0')).toBeUndefined();
});
