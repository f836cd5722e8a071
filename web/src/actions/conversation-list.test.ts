import { expect, test } from 'vitest';
import type { TopicPage } from '../api/api-client.ts';
import type { Topic } from '../api/stored-conversation.ts';
import { TopicList } from './conversation-list.ts';

const topic = (id: string, updatedAt: number): Topic => ({ id, title: id, createdAt: 1, updatedAt });

test('a change that is told while the list is being read is read after it', async () => {
  const answers: ((page: TopicPage) => void)[] = [];
  const list = new TopicList({ list: () => new Promise((resolve) => answers.push(resolve)) }, () => {});
  const reading = list.refresh();
  const updating = list.update();
  answers[0]?.({ topics: [topic('a', 1)], next: undefined });
  await reading;
  await expect.poll(() => answers.length).toBe(2);
  answers[1]?.({ topics: [topic('new', 2), topic('a', 1)], next: undefined });
  await updating;
  expect(list.store.get().items.map(({ id }) => id)).toEqual(['new', 'a']);
});
