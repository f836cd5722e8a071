import { expect, test } from 'vitest';
import { ChangeFeed } from '../../../chat/change-feed.ts';
import type { ChangedEvent } from './chat-events.ts';
import { ConversationWatch } from './conversation-watch.ts';

const OWNER = 'me';

/** A reader that takes one event per call. */
class Reader {
  readonly feed = new ChangeFeed();
  readonly got: ChangedEvent[] = [];
  readonly watch = new ConversationWatch({ watch: (...how) => this.feed.listen(...how) }, OWNER, (event) => {
    this.got.push(event);
    return new Promise((resolve) => {
      this.#take = resolve;
    });
  });
  #take: () => void = () => {};

  change(conversation: string, updatedAt: number): void {
    this.feed.publish(OWNER, { conversation, updatedAt });
  }

  async take(): Promise<void> {
    this.#take();
    await turns();
  }
}

const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a slow client receives the last change of each conversation once', async () => {
  const reader = new Reader();
  reader.change('a', 1);
  await turns();
  for (let at = 2; at < 100; at++) for (const one of ['b', 'c', 'a']) reader.change(one, at);
  reader.feed.publish(OWNER, { conversation: 'c', deleted: true });
  for (let i = 0; i < 6; i++) await reader.take();
  expect(reader.got).toEqual([
    { type: 'changed', conversation: 'a', updatedAt: 1 },
    { type: 'changed', conversation: 'b', updatedAt: 99 },
    { type: 'changed', conversation: 'c', deleted: true },
    { type: 'changed', conversation: 'a', updatedAt: 99 },
  ]);
});

test('too many pending changes are replaced by one event without a conversation', async () => {
  const reader = new Reader();
  reader.change('first', 1);
  await turns();
  for (let i = 0; i < 5000; i++) reader.change(`c${i}`, i);
  for (let i = 0; i < 2000; i++) await reader.take();
  expect(reader.got.length).toBeLessThan(1002);
  expect(reader.got[1]).toEqual({ type: 'changed' });
  expect(reader.got.at(-1)).toEqual({ type: 'changed', conversation: 'c4999', updatedAt: 4999 });
});

test('a stopped watch sends nothing, not even pending changes', async () => {
  const reader = new Reader();
  reader.change('a', 1);
  await turns();
  reader.change('b', 2);
  reader.watch.stop();
  reader.change('c', 3);
  await reader.take();
  expect(reader.got).toHaveLength(1);
});

test('a listener that throws does not fail the change, and is removed', () => {
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
