import { expect, test } from 'vitest';
import { ChangeFeed, type ConversationChange } from './change-feed.ts';

const change = { conversation: 'c', updatedAt: 1 };

test('a listener receives only the changes of its owner, and no changes after the listener is removed', () => {
  const feed = new ChangeFeed();
  const receivedChanges: ConversationChange[] = [];
  const remove = feed.listen('ann', (event) => receivedChanges.push(event));
  feed.publish('bob', change);
  feed.publish('ann', change);
  remove();
  feed.publish('ann', change);
  expect(receivedChanges).toEqual([change]);
});

test('`publish` removes a listener that throws, and notifies the other listeners', () => {
  const feed = new ChangeFeed();
  let calls = 0;
  let otherCalls = 0;
  feed.listen('ann', () => {
    calls++;
    throw new Error('no');
  });
  feed.listen('ann', () => otherCalls++);
  feed.publish('ann', change);
  feed.publish('ann', change);
  expect([calls, otherCalls]).toEqual([1, 2]);
});
