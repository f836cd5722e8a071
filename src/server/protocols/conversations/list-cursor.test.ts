import { expect, test } from 'vitest';
import { cursorAfter, positionOf } from './list-cursor.ts';

test('positionOf returns the position that a cursor was created from', () => {
  const position = { updatedAt: 1_795_939_200_000, id: 'b4c1f0c2-7f8a-49b0-8a3e-0d5c1f2a3b4c' };
  expect(positionOf(cursorAfter(position))).toEqual(position);
});

test('positionOf parses a number as a time', () => {
  expect(positionOf('1795939200000')).toBe(1_795_939_200_000);
});

test.each(['-1', '1.5', 'soon', Buffer.from('soon id').toString('base64url'), '9'.repeat(16)])(
  'positionOf rejects %j',
  (before) => {
    expect(() => positionOf(before)).toThrow(expect.objectContaining({ code: 'bad_option' }));
  },
);
