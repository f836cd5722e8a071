// Another process locks the SQLite database. Writes wait for a short lock. During a longer lock, writes fail with a hint and
// change nothing. An answer that ends during a lock is stored when the lock is released.

import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { ConversationLibrary } from '../../src/chat/conversation-library.ts';
import type { ConversationStore } from '../../src/chat/conversation-store.ts';
import { openSqliteStore } from '../../src/chat/storage/open-store.ts';
import { CharacterCompleter } from '../support/chat/character-completer.ts';
import { DatabaseLock } from '../support/chat/database-lock.ts';
import { temporaryFolderForEachTest } from '../support/temporary-folder.ts';

const OWNER = 'busy';
const BUSY = { code: 'storage_busy', status: 503, hint: 'try again in a moment' };

const folder = temporaryFolderForEachTest('busy');
let lock: DatabaseLock;
let store: ConversationStore;
const openStore = async (busyMs: number): Promise<void> => {
  store = await openSqliteStore(folder(), { busyMs });
  lock = await DatabaseLock.start(join(folder(), 'quire.db'));
};
afterEach(async () => {
  await lock.end();
  await store.close();
});

test('writes wait for a short lock', async () => {
  await openStore(60_000);
  const library = new ConversationLibrary(new CharacterCompleter('Hi', 'Well'), { store });
  const { conversation } = await library.create(OWNER);
  await lock.acquire();
  const turn = conversation.send('One').result;
  const otherWrites = [library.create(OWNER), store.set(OWNER, 'page', {}), library.create(OWNER)];
  await new Promise((resolve) => setTimeout(resolve, 500));
  await lock.release();
  expect(await turn).toMatchObject({ text: 'Hi' });
  await Promise.all(otherWrites);
  expect(await library.list(OWNER)).toHaveLength(3);
});

test('during a long lock writes fail and reads succeed', async () => {
  await openStore(50);
  const library = new ConversationLibrary(new CharacterCompleter('Hi', 'Well'), { store });
  const { record, conversation } = await library.create(OWNER);
  await conversation.send('One').result;
  await lock.acquire();
  const id = record.id;
  for (const write of [
    () => library.create(OWNER),
    () => conversation.send('Two').result,
    () => library.change(OWNER, id, { title: 'Mine' }),
    () => library.fork(OWNER, id),
    () => library.remove(OWNER, id),
    () => store.set(OWNER, 'page', {}),
    () => store.knowKey(OWNER),
  ])
    await expect(write()).rejects.toMatchObject(BUSY);
  expect(await library.list(OWNER)).toHaveLength(1);
  expect((await store.load(OWNER, id))?.messages).toHaveLength(2);
  await lock.release();
  expect(await conversation.send('Two').result).toMatchObject({ text: 'Well' });
  expect((await library.change(OWNER, id, { title: 'Mine' })).record.title).toBe('Mine');
  await library.remove(OWNER, id);
});

test('an answer that ends during a lock is stored when the lock is released', async () => {
  await openStore(50);
  let resolveAnswer = (_: string): void => {};
  const pendingAnswer = new Promise<string>((resolve) => {
    resolveAnswer = resolve;
  });
  const library = new ConversationLibrary(new CharacterCompleter(pendingAnswer, 'Well'), { store });
  const { record, conversation } = await library.create(OWNER);
  const turn = conversation.send('One').result;
  await expect.poll(() => conversation.tree.nodes.length).toBe(2); // the turn has started
  await lock.acquire();
  resolveAnswer('Hi');
  const result = await turn;
  expect(result).toMatchObject({ text: 'Hi', unsaved: { code: 'storage_busy' } });
  const contents = (): string[] => conversation.messages.map(({ content }) => content);
  expect(contents()).toEqual(['One', 'Hi']);
  await expect(conversation.send('Two').result).rejects.toMatchObject(BUSY);
  expect(contents()).toEqual(['One', 'Hi']);
  await lock.release();
  const storedMessages = async (): Promise<unknown> =>
    (await store.load(OWNER, record.id))?.messages.map(({ state, content }) => [state, content]);
  await expect.poll(storedMessages, { timeout: 20_000 }).toEqual([
    ['complete', 'One'],
    ['complete', 'Hi'],
  ]);
  expect(await conversation.send('Two').result).toMatchObject({ text: 'Well' });
  expect((await store.load(OWNER, record.id))?.record.head).toBe(conversation.head);
});
