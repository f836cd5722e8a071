import { expect, test } from 'vitest';
import { STORE_GRACE_MS } from '../../service/turns.ts';
import { ERROR_DELIVERY_MS, SHUTDOWN_GRACE_MS, SOCKET_CLOSE_GRACE_MS } from './limits.ts';

const DOCKER_STOP_MS = 10_000;

test('graceful shutdown ends before Docker kills the process', () => {
  expect(SHUTDOWN_GRACE_MS + ERROR_DELIVERY_MS + STORE_GRACE_MS + SOCKET_CLOSE_GRACE_MS).toBeLessThan(
    DOCKER_STOP_MS,
  );
});
