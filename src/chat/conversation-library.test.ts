// Each conversation has one object, however many others are opened and whatever the store does.

import { expect, test } from 'vitest';
import { CharacterCompleter } from '../../tests/support/chat/character-completer.ts';
import { ConversationLibrary } from './conversation-library.ts';
import { openMemoryStore } from './storage/open-store.ts';

const OWNER = 'me';

test('a store that stalls and then fails only fails the calls that wait for it', async () => {
  const store = await openMemoryStore();
  const load = store.load.bind(store);
  const waiting: ((error: Error) => void)[] = [];
  let stalled = false;
  store.load = (owner, id) =>
    stalled ? new Promise((_resolve, reject) => waiting.push(reject)) : load(owner, id);
  const library = new ConversationLibrary(new CharacterCompleter('Hi'), { store });
  const { record, conversation } = await library.create(OWNER);
  stalled = true;
  const opens = Array.from({ length: 300 }, (_, i) =>
    library.open(OWNER, `any-${i}`).catch(({ message }) => message),
  );
  expect((await library.open(OWNER, record.id)).conversation).toBe(conversation);
  expect(await conversation.send('One').result).toMatchObject({ text: 'Hi' });
  for (const reject of waiting) reject(new Error('the connection was closed'));
  expect(new Set(await Promise.all(opens))).toEqual(new Set(['the connection was closed']));
  stalled = false;
  await expect(library.open(OWNER, 'any-0')).rejects.toMatchObject({ code: 'not_found' });
  await store.close();
});

test('opening a conversation in use returns the same object, however many others were opened meanwhile', async () => {
  const store = await openMemoryStore();
  const library = new ConversationLibrary(new CharacterCompleter('Hi'), { store });
  const { record, conversation } = await library.create(OWNER);
  for (let i = 0; i < 300; i++) await library.draft(OWNER);
  const again = await library.open(OWNER, record.id);
  expect(again.conversation).toBe(conversation);
  await store.close();
});

test('concurrent calls of open return the same object', async () => {
  const store = await openMemoryStore();
  const { record } = await new ConversationLibrary(new CharacterCompleter(), { store }).create(OWNER);
  const library = new ConversationLibrary(new CharacterCompleter(), { store });
  const [one, other] = await Promise.all([library.open(OWNER, record.id), library.open(OWNER, record.id)]);
  expect(one.conversation).toBe(other.conversation);
  await store.close();
});

test('a removed conversation accepts no turns', async () => {
  const store = await openMemoryStore();
  const library = new ConversationLibrary(new CharacterCompleter('Hi'), { store });
  const { record, conversation } = await library.create(OWNER);
  await library.remove(OWNER, record.id);
  await expect(conversation.send('One').result).rejects.toMatchObject({ code: 'not_found' });
  await store.close();
});

test('a model that finishes loading late does not replace a later choice', async () => {
  const store = await openMemoryStore();
  const [quick, slow] = [new CharacterCompleter('Hi'), new CharacterCompleter('Hi')];
  slow.contextLength = 50;
  let load: (completer: CharacterCompleter) => void = () => undefined;
  const late = new Promise<CharacterCompleter>((resolve) => {
    load = resolve;
  });
  const library = new ConversationLibrary(async (model) => (model === 'slow' ? late : quick), { store });
  const { record, conversation } = await library.create(OWNER);
  const chosen = library.change(OWNER, record.id, { model: 'slow' });
  await expect.poll(async () => (await store.load(OWNER, record.id))?.record.model).toBe('slow');
  await new Promise((resolve) => setTimeout(resolve, 10));
  await library.change(OWNER, record.id, { model: 'quick' });
  load(slow);
  await chosen;
  expect(conversation.contextLength).toBe(quick.contextLength);
  await store.close();
});

test('a released model is no longer used by open conversations', async () => {
  const store = await openMemoryStore();
  const [one, other] = [new CharacterCompleter('Hi'), new CharacterCompleter('Hi')];
  const library = new ConversationLibrary(async (model) => (model === 'other' ? other : one), { store });
  const made = await Promise.all(['one', 'other'].map((model) => library.create(OWNER, { model })));
  library.release(one, () => new Error('it was unloaded'));
  expect(made.map(({ conversation }) => conversation.contextLength)).toEqual([0, 100]);
  await expect(made[0]!.conversation.send('One').result).rejects.toThrow('it was unloaded');
  const again = await library.open(OWNER, made[0]!.record.id);
  expect(await again.conversation.send('One').result).toMatchObject({ text: 'Hi' });
  await store.close();
});
