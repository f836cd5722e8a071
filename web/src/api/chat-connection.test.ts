import { expect, test } from 'vitest';
import { reconnectDelayMs } from './chat-connection.ts';

test('reconnect delays grow up to a maximum', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 1000].map(reconnectDelayMs)).toEqual([
    500, 1000, 2000, 4000, 8000, 15000, 15000, 15000,
  ]);
});
