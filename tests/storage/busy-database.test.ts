// Another program has the database locked for a while: what is short is waited for, what is longer fails with what to
// do, and nothing is left of it afterwards. An answer that its reader has seen is not taken back.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConversationLibrary } from '../../src/chat/conversation-library.ts';
import type { ConversationStore } from '../../src/chat/conversation-store.ts';
import { openSqliteStore } from '../../src/chat/storage/open-store.ts';
import { CharacterCompleter } from '../support/chat/character-completer.ts';
import { DatabaseLock } from '../support/chat/database-lock.ts';

const OWNER = 'busy';
const BUSY = { code: 'storage_busy', status: 503, hint: 'try again in a moment' };

let folder: string;
let other: DatabaseLock;
let store: ConversationStore;
const open = async (busyMs: number): Promise<void> => {
  store = await openSqliteStore(folder, { busyMs });
  other = await DatabaseLock.start(join(folder, 'quire.db'));
};
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-busy-'));
});
afterEach(async () => {
  await other.end();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

test('a short lock is waited for', async () => {
  await open(60_000);
  const library = new ConversationLibrary(new CharacterCompleter('Hi', 'Well'), { store });
  const { conversation } = await library.create(OWNER);
  await other.lock();
  const turn = conversation.send('One').result;
  const more = [library.create(OWNER), store.set(OWNER, 'page', {}), library.create(OWNER)];
  await new Promise((resolve) => setTimeout(resolve, 500));
  await other.unlock();
  expect(await turn).toMatchObject({ text: 'Hi' });
  await Promise.all(more);
  expect(await library.list(OWNER)).toHaveLength(3);
});

test('a long one fails what would write while it lasts, and nothing else', async () => {
  await open(50);
  const library = new ConversationLibrary(new CharacterCompleter('Hi', 'Well'), { store });
  const { record, conversation } = await library.create(OWNER);
  await conversation.send('One').result;
  await other.lock();
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
  await other.unlock();
  expect(await conversation.send('Two').result).toMatchObject({ text: 'Well' });
  expect((await library.change(OWNER, id, { title: 'Mine' })).record.title).toBe('Mine');
  await library.remove(OWNER, id);
});

test('an answer that was shown stays, and is stored when that is possible', async () => {
  await open(50);
  let answer = (_: string): void => {};
  const slow = new Promise<string>((resolve) => {
    answer = resolve;
  });
  const library = new ConversationLibrary(new CharacterCompleter(slow, 'Well'), { store });
  const { record, conversation } = await library.create(OWNER);
  const turn = conversation.send('One').result;
  await expect.poll(() => conversation.tree.nodes.length).toBe(2); // it has begun
  await other.lock();
  answer('Hi');
  const result = await turn;
  expect(result).toMatchObject({ text: 'Hi', unsaved: { code: 'storage_busy' } });
  const said = (): string[] => conversation.messages.map(({ content }) => content);
  expect(said()).toEqual(['One', 'Hi']);
  await expect(conversation.send('Two').result).rejects.toMatchObject(BUSY);
  expect(said()).toEqual(['One', 'Hi']);
  await other.unlock();
  const states = async (): Promise<unknown> =>
    (await store.load(OWNER, record.id))?.messages.map(({ state, content }) => [state, content]);
  await expect.poll(states, { timeout: 20_000 }).toEqual([
    ['complete', 'One'],
    ['complete', 'Hi'],
  ]);
  expect(await conversation.send('Two').result).toMatchObject({ text: 'Well' });
  expect((await store.load(OWNER, record.id))?.record.head).toBe(conversation.head);
});
