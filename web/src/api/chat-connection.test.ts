import { expect, test } from 'vitest';
import { pauseMs } from './chat-connection.ts';

test('pauses grow and are bounded', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 1000].map(pauseMs)).toEqual([
    500, 1000, 2000, 4000, 8000, 15000, 15000, 15000,
  ]);
});
