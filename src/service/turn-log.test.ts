import { expect, test } from 'vitest';
import type { LoggedEvent } from './turn-events.ts';
import { TurnLog } from './turn-log.ts';

const stream = (content: string) => ({ type: 'stream', content }) as const;
const END = { type: 'end', finishReason: 'stop' } as const;

function collector() {
  const events: LoggedEvent[] = [];
  const receive = async (event: LoggedEvent): Promise<void> => {
    events.push(event);
  };
  return { events, receive };
}

test('TurnLog numbers the events of a turn from 1', async () => {
  const log = new TurnLog('owner', 'c');
  log.push(stream('a'));
  log.push(END);
  const { events, receive } = collector();
  await log.follow(0, receive);
  const { turn } = log;
  expect(events).toEqual([
    { ...stream('a'), conversation: 'c', turn, n: 1 },
    { ...END, conversation: 'c', turn, n: 2 },
  ]);
});

test('`follow` delivers the events after the given number, and the events that are pushed later', async () => {
  const log = new TurnLog('owner', 'c');
  for (const content of ['a', 'b']) log.push(stream(content));
  const { events, receive } = collector();
  const following = log.follow(1, receive);
  log.push(stream('c'));
  log.push(END);
  await following;
  expect(events.map(({ n }) => n)).toEqual([2, 3, 4]);
});

test('a slow client does not delay other clients, and receives all events', async () => {
  const log = new TurnLog('owner', 'c');
  const fast = collector();
  const slow = collector();
  const steps: (() => void)[] = [];
  const followingSlow = log.follow(0, async (event) => {
    await new Promise<void>((resolve) => steps.push(resolve));
    await slow.receive(event);
  });
  const followingFast = log.follow(0, fast.receive);
  for (const content of ['a', 'b', 'c']) log.push(stream(content));
  log.push(END);
  await followingFast;
  expect(fast.events).toHaveLength(4);
  expect(slow.events).toEqual([]);
  while (slow.events.length < 4) {
    steps.shift()?.();
    await Promise.resolve();
  }
  await followingSlow;
  expect(slow.events).toEqual(fast.events);
});

test('an error event ends the turn, and a stopped client receives no more events', async () => {
  const log = new TurnLog('owner', 'c');
  log.push(stream('a'));
  expect(log.ended).toBe(false);
  let stopped = false;
  const { events, receive } = collector();
  const following = log.follow(
    0,
    async (event) => {
      await receive(event);
      stopped = true;
    },
    () => stopped,
  );
  log.push({ type: 'error', code: 'internal', message: 'x' });
  await following;
  expect(events).toHaveLength(1);
  expect(log.ended).toBe(true);
});
