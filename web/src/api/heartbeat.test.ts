import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Command, ServerEvent } from './chat-protocol.ts';
import { Heartbeat, PING_MS, PONG_TIMEOUT_MS } from './heartbeat.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  const sent: Command[] = [];
  const state = { needed: true, timeouts: 0 };
  const heartbeat = new Heartbeat({
    send: (command) => sent.push(command) > 0,
    isNeeded: () => state.needed,
    onTimeout: () => {
      state.timeouts += 1;
    },
  });
  return { sent, state, heartbeat };
}

const stream: ServerEvent = { type: 'stream', content: 'x' };

test('the heartbeat sends pings while isNeeded returns true, and accepts any event as a response', () => {
  const { sent, state, heartbeat } = setUp();
  heartbeat.start();
  expect(heartbeat.handleEvent({ type: 'pong', ping: 1 })).toBe(false);
  vi.advanceTimersByTime(PING_MS);
  expect(heartbeat.handleEvent(stream)).toBe(true);
  state.needed = false;
  vi.advanceTimersByTime(4 * PING_MS);
  expect(sent).toEqual([{ ping: 1 }, { ping: 2 }]);
  expect(state.timeouts).toBe(0);
});

test('onTimeout is called once if no event arrives, and not after stop()', () => {
  const { state, heartbeat } = setUp();
  heartbeat.start();
  vi.advanceTimersByTime(PONG_TIMEOUT_MS - 1);
  expect(state.timeouts).toBe(0);
  vi.advanceTimersByTime(10 * PING_MS);
  expect(state.timeouts).toBe(1);
  heartbeat.start();
  heartbeat.stop();
  vi.advanceTimersByTime(10 * PING_MS);
  expect(state.timeouts).toBe(1);
});

test('a server that does not support pings receives one ping, and the error that it sends is not passed on', () => {
  const { sent, state, heartbeat } = setUp();
  heartbeat.start();
  const rejection = {
    type: 'error',
    code: 'bad_message',
    message: 'unknown field "ping"; leave it out',
  } as const;
  expect(heartbeat.handleEvent(rejection)).toBe(false);
  expect(heartbeat.handleEvent({ ...rejection, message: 'unknown field "massage"' })).toBe(true);
  vi.advanceTimersByTime(10 * PING_MS);
  expect(sent).toHaveLength(1);
  expect(state.timeouts).toBe(0);
});
