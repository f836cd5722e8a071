import { expect, test } from 'vitest';
import type { ConversationPage } from '../api/api-client.ts';
import type { ConversationSummary } from '../api/stored-conversation.ts';
import { ConversationList } from './conversation-list.ts';

const entry = (id: string, updatedAt: number): ConversationSummary => ({
  id,
  title: id,
  createdAt: 1,
  updatedAt,
});

test('updateFirstPage during a refresh requests the first page again after the refresh', async () => {
  const respond: ((page: ConversationPage) => void)[] = [];
  const list = new ConversationList(
    { list: () => new Promise((resolve) => respond.push(resolve)) },
    () => {},
  );
  const refreshing = list.refresh();
  const updating = list.updateFirstPage();
  respond[0]?.({ items: [entry('a', 1)], next: undefined });
  await refreshing;
  await expect.poll(() => respond.length).toBe(2);
  respond[1]?.({ items: [entry('new', 2), entry('a', 1)], next: undefined });
  await updating;
  expect(list.store.get().items.map(({ id }) => id)).toEqual(['new', 'a']);
});
