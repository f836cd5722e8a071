import { expect, test } from 'vitest';
import { STORE_GRACE_MS } from '../../service/turns.ts';
import { CLOSE_GRACE_MS, CUT_MS, GRACE_MS } from './limits.ts';

const DOCKER_STOP_MS = 10_000;

test('a server that is told to stop has ended before it is killed', () => {
  expect(GRACE_MS + CUT_MS + STORE_GRACE_MS + CLOSE_GRACE_MS).toBeLessThan(DOCKER_STOP_MS);
});
