import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Command, ServerEvent } from './chat-protocol.ts';
import { Heartbeat, PING_MS, SILENCE_MS } from './heartbeat.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function world() {
  const sent: Command[] = [];
  const state = { needed: true, deaths: 0 };
  const heartbeat = new Heartbeat({
    send: (command) => sent.push(command) > 0,
    isNeeded: () => state.needed,
    dead: () => {
      state.deaths += 1;
    },
  });
  return { sent, state, heartbeat };
}

const stream: ServerEvent = { type: 'stream', content: 'x' };

test('pings while somebody needs it, and any event is a sign of life', () => {
  const { sent, state, heartbeat } = world();
  heartbeat.start();
  expect(heartbeat.heard({ type: 'pong', ping: 1 })).toBe(false);
  vi.advanceTimersByTime(PING_MS);
  expect(heartbeat.heard(stream)).toBe(true);
  state.needed = false;
  vi.advanceTimersByTime(4 * PING_MS);
  expect(sent).toEqual([{ ping: 1 }, { ping: 2 }]);
  expect(state.deaths).toBe(0);
});

test('silence after a ping is told once, and what has ended is silent', () => {
  const { state, heartbeat } = world();
  heartbeat.start();
  vi.advanceTimersByTime(SILENCE_MS - 1);
  expect(state.deaths).toBe(0);
  vi.advanceTimersByTime(10 * PING_MS);
  expect(state.deaths).toBe(1);
  heartbeat.start();
  heartbeat.stop();
  vi.advanceTimersByTime(10 * PING_MS);
  expect(state.deaths).toBe(1);
});

test('a server that knows no ping is asked once, and its refusal is nobody else’s', () => {
  const { sent, state, heartbeat } = world();
  heartbeat.start();
  const refusal = {
    type: 'error',
    code: 'bad_message',
    message: 'unknown field "ping"; leave it out',
  } as const;
  expect(heartbeat.heard(refusal)).toBe(false);
  expect(heartbeat.heard({ ...refusal, message: 'unknown field "massage"' })).toBe(true);
  vi.advanceTimersByTime(10 * PING_MS);
  expect(sent).toHaveLength(1);
  expect(state.deaths).toBe(0);
});
