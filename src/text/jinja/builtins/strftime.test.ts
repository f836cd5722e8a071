import { expect, it } from 'vitest';
import { strftime } from './strftime.ts';

it('strftime formats dates like Python, in English', () => {
  const date = new Date(2028, 11, 31, 0, 5, 9, 7);
  expect(strftime(date, '%d %b %Y, %A %B %-d')).toBe('31 Dec 2028, Sunday December 31');
  expect(strftime(date, '%H:%M:%S.%f %I %p %y %j %a %F %T %%')).toBe(
    '00:05:09.007000 12 AM 28 366 Sun 2028-12-31 00:05:09 %',
  );
  expect(strftime(new Date(2026, 0, 2, 13), '%j %-I %p %-m/%-d %e')).toBe('002 1 PM 1/2  2');
  expect(strftime(date, '%Q 100%')).toBe('%Q 100%');
});
