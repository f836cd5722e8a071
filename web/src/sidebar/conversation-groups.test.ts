import { expect, test } from 'vitest';
import { groupByAge } from './conversation-groups.ts';

test('groupByAge starts a group at local midnight and omits empty groups', () => {
  const now = new Date(2026, 4, 20, 0, 30).getTime();
  const conversationAt = (id: string, ...time: [number, number, number, number]) => ({
    id,
    title: id,
    createdAt: 0,
    updatedAt: new Date(...time).getTime(),
  });
  const conversations = [
    conversationAt('a', 2026, 4, 20, 0),
    conversationAt('b', 2026, 4, 19, 23),
    conversationAt('c', 2026, 4, 13, 0),
    conversationAt('d', 2026, 4, 12, 23),
  ];
  const groups = groupByAge(conversations, now).map((group) => [
    group.name,
    group.conversations.map(({ id }) => id).join(),
  ]);
  expect(groups).toEqual([
    ['today', 'a'],
    ['yesterday', 'b'],
    ['week', 'c'],
    ['earlier', 'd'],
  ]);
  expect(groupByAge([], now)).toEqual([]);
});
