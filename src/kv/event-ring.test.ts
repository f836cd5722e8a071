import { expect, test } from 'vitest';
import type { CacheEvent } from '../completion/cache-event.ts';
import { EventRing } from './event-ring.ts';

function drain(ring: EventRing): { events: CacheEvent[]; overwritten: number } {
  const events: CacheEvent[] = [];
  const overwritten = ring.drain((event) => events.push(event));
  return { events, overwritten };
}

test('events are drained once, oldest first, with the step in which they occurred', () => {
  const ring = new EventRing(4);
  ring.push('allocated', 7, 0, 1);
  ring.step = 3;
  ring.push('evicted', 8, 16);
  expect(drain(ring)).toEqual({
    overwritten: 0,
    events: [
      { kind: 'allocated', step: 0, subject: 7, value: 0, group: 1 },
      { kind: 'evicted', step: 3, subject: 8, value: 16, group: 0 },
    ],
  });
  expect(drain(ring)).toEqual({ overwritten: 0, events: [] });
});

test('`drain` returns the number of overwritten events, and the counters include the overwritten events', () => {
  const ring = new EventRing(2);
  for (const subject of [1, 2, 3, 4, 5]) ring.push('shared', subject, 0);
  const { events, overwritten } = drain(ring);
  expect([overwritten, events.map(({ subject }) => subject)]).toEqual([3, [4, 5]]);
  expect([ring.count('shared'), ring.count('freed')]).toEqual([5, 0]);
});
