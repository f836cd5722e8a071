import { expect, test } from 'vitest';
import { omitUndefined } from './omit-undefined.ts';

test('omitUndefined omits undefined properties and retains null, zero and false', () => {
  const values: { a: number | undefined; b: number | null; c: number; d: boolean } = {
    a: undefined,
    b: null,
    c: 0,
    d: false,
  };
  expect(Object.entries(omitUndefined(values))).toEqual([
    ['b', null],
    ['c', 0],
    ['d', false],
  ]);
});
