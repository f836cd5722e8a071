import { expect, test } from 'vitest';
import type { ConversationPage } from '../api/api-client.ts';
import type { ConversationSummary } from '../api/stored-conversation.ts';
import { ConversationList } from './conversation-list.ts';

const summary = (id: string, updatedAt: number): ConversationSummary => ({
  id,
  title: id,
  createdAt: 1,
  updatedAt,
});

test('updateFirstPage during a refresh requests the first page again when the refresh has ended', async () => {
  const resolvers: ((page: ConversationPage) => void)[] = [];
  const list = new ConversationList(
    { list: () => new Promise((resolve) => resolvers.push(resolve)) },
    () => {},
  );
  const refreshing = list.refresh();
  const updating = list.updateFirstPage();
  resolvers[0]?.({ items: [summary('a', 1)], next: undefined });
  await refreshing;
  await expect.poll(() => resolvers.length).toBe(2);
  resolvers[1]?.({ items: [summary('new', 2), summary('a', 1)], next: undefined });
  await updating;
  expect(list.store.get().items.map(({ id }) => id)).toEqual(['new', 'a']);
});
