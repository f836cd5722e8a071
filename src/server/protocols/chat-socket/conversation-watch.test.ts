import { expect, test } from 'vitest';
import { ChangeFeed } from '../../../chat/change-feed.ts';
import type { ChangedEvent } from './chat-events.ts';
import { ConversationWatch } from './conversation-watch.ts';

const OWNER = 'me';

/** A slow client: each send completes only when `completeSend` is called. */
class SlowClient {
  readonly feed = new ChangeFeed();
  readonly received: ChangedEvent[] = [];
  readonly watch = new ConversationWatch(
    { watch: (...args) => this.feed.listen(...args) },
    OWNER,
    (event) => {
      this.received.push(event);
      return new Promise((resolve) => {
        this.#completeSend = resolve;
      });
    },
  );
  #completeSend: () => void = () => {};

  change(conversation: string, updatedAt: number): void {
    this.feed.publish(OWNER, { conversation, updatedAt });
  }

  async completeSend(): Promise<void> {
    this.#completeSend();
    await eventLoopTurn();
  }
}

const eventLoopTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('ConversationWatch merges the pending changes of a conversation for a slow client', async () => {
  const client = new SlowClient();
  client.change('a', 1);
  await eventLoopTurn();
  for (let updatedAt = 2; updatedAt < 100; updatedAt++) {
    for (const conversation of ['b', 'c', 'a']) client.change(conversation, updatedAt);
  }
  client.feed.publish(OWNER, { conversation: 'c', deleted: true });
  for (let i = 0; i < 6; i++) await client.completeSend();
  expect(client.received).toEqual([
    { type: 'changed', conversation: 'a', updatedAt: 1 },
    { type: 'changed', conversation: 'b', updatedAt: 99 },
    { type: 'changed', conversation: 'c', deleted: true },
    { type: 'changed', conversation: 'a', updatedAt: 99 },
  ]);
});

test('ConversationWatch replaces too many pending changes by one event without a conversation', async () => {
  const client = new SlowClient();
  client.change('first', 1);
  await eventLoopTurn();
  for (let i = 0; i < 5000; i++) client.change(`c${i}`, i);
  for (let i = 0; i < 2000; i++) await client.completeSend();
  expect(client.received.length).toBeLessThan(1002);
  expect(client.received[1]).toEqual({ type: 'changed' });
  expect(client.received.at(-1)).toEqual({ type: 'changed', conversation: 'c4999', updatedAt: 4999 });
});

test('a stopped ConversationWatch sends no more events, not even pending changes', async () => {
  const client = new SlowClient();
  client.change('a', 1);
  await eventLoopTurn();
  client.change('b', 2);
  client.watch.stop();
  client.change('c', 3);
  await client.completeSend();
  expect(client.received).toHaveLength(1);
});

test('ChangeFeed.publish does not throw if a listener throws, and removes that listener', () => {
  const feed = new ChangeFeed();
  let calls = 0;
  feed.listen(OWNER, () => {
    calls++;
    throw new Error('thrown by a listener');
  });
  feed.publish(OWNER, { conversation: 'a', updatedAt: 1 });
  feed.publish(OWNER, { conversation: 'a', updatedAt: 2 });
  expect(calls).toBe(1);
});
