import { expect, test } from 'vitest';
import { ChangeFeed, type ConversationChange } from './change-feed.ts';

const change = { conversation: 'c', updatedAt: 1 };

test('a listener receives the changes of its owner only, until it is removed', () => {
  const feed = new ChangeFeed();
  const received: ConversationChange[] = [];
  const remove = feed.listen('ann', (one) => received.push(one));
  feed.publish('bob', change);
  feed.publish('ann', change);
  remove();
  feed.publish('ann', change);
  expect(received).toEqual([change]);
});

test('a listener that throws is removed, and the others are notified', () => {
  const feed = new ChangeFeed();
  let calls = 0;
  let others = 0;
  feed.listen('ann', () => {
    calls++;
    throw new Error('no');
  });
  feed.listen('ann', () => others++);
  feed.publish('ann', change);
  feed.publish('ann', change);
  expect([calls, others]).toEqual([1, 2]);
});
