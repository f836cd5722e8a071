import { expect, test, vi } from 'vitest';
import { randomInteger, randomNumbers } from '../../../tests/support/random.ts';
import { contextPolicy } from '../context-policy.ts';
import type { StoredConversation } from '../conversation-store.ts';
import type { MessageNode } from '../message-node.ts';
import { openMemoryStore } from './open-store.ts';
import { SearchPace } from './search-in-slices.ts';

const OWNER = 'me';
const WORDS = ['Paris', 'room', '50 %', 'a_b', 'ÄRGER', 'x'];
const random = randomNumbers(15);
const randomWord = (): string => WORDS[randomInteger(random, WORDS.length)]!;

function conversation(number: number, contents: readonly string[]): StoredConversation {
  const updatedAt = 1000 + (number % 7); // several conversations have the same time
  const record = {
    id: `c${String(number).padStart(4, '0')}`,
    owner: number % 5 === 0 ? 'another' : OWNER,
    title: number % 11 === 0 ? randomWord() : 'plain',
    system: undefined,
    templateOptions: {},
    policy: contextPolicy(undefined),
    sampling: {},
    head: undefined,
    createdAt: updatedAt,
    updatedAt,
  };
  const messages = contents.map(
    (content, i): MessageNode => ({
      ...{ id: `${record.id}-${i}`, parent: undefined, role: 'user', content, state: 'complete' },
      ...{ model: undefined, keptTokens: 0, keptText: 0, tokens: [], rendered: '', droppedMessages: 0 },
      createdAt: 1,
    }),
  );
  return { record, messages };
}

test('`list` with a search text returns all matches in order, page by page, for conversations of any size', async () => {
  const store = await openMemoryStore();
  const all = Array.from({ length: 600 }, (_, i) =>
    conversation(
      i,
      Array.from({ length: i % 97 === 0 ? 200 : i % 4 }, () =>
        random() < 0.1 ? `say ${randomWord()}!` : 'nothing',
      ),
    ),
  );
  await store.createAll(all);
  const yields = vi.spyOn(globalThis, 'setImmediate');
  for (const search of ['paris', 'ROOM', '%', '_', 'a_b', 'absent', 'x']) {
    const expected = all
      .filter(({ record }) => record.owner === OWNER)
      .filter(({ record, messages }) =>
        [record.title, ...messages.map(({ content }) => content)].some((text) =>
          text.toLowerCase().includes(search.toLowerCase()),
        ),
      )
      .sort((a, b) => b.record.updatedAt - a.record.updatedAt || (a.record.id < b.record.id ? -1 : 1))
      .map(({ record }) => record.id);
    const foundIds: string[] = [];
    for (let before: (typeof all)[number]['record'] | undefined; ; ) {
      const page = await store.list(OWNER, { search, limit: 30, before });
      foundIds.push(...page.map(({ id }) => id));
      before = page.at(-1);
      if (page.length < 30) break;
    }
    expect(foundIds, search).toEqual(expected);
  }
  expect(yields.mock.calls.length).toBeGreaterThan(7 * 4);
  yields.mockRestore();
  await store.close();
});

test('SearchPace adapts the slice sizes to the query times and yields to the event loop after each query', async () => {
  let now = 0;
  let yields = 0;
  const pace = new SearchPace(
    () => now,
    async () => {
      yields++;
    },
  );
  const runQuery = (ms: number) =>
    pace.run(async () => {
      now += ms;
    });
  for (let i = 0; i < 20; i++) await runQuery(20);
  expect(pace).toMatchObject({ conversations: 1, messages: 4 });
  for (let i = 0; i < 20; i++) await runQuery(1);
  expect(pace).toMatchObject({ conversations: 64, messages: 1024 });
  await runQuery(5);
  expect(pace).toMatchObject({ conversations: 64, messages: 1024 });
  expect(yields).toBe(41);
});
