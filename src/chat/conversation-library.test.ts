// Tests that a conversation has only one object at a time, even if many other conversations are opened or the store fails.

import { expect, test } from 'vitest';
import { CharacterCompleter } from '../../tests/support/chat/character-completer.ts';
import { ConversationLibrary } from './conversation-library.ts';
import { openMemoryStore } from './storage/open-store.ts';

const OWNER = 'me';

test('while the store does not respond, `open` rejects only for conversations that are not yet in memory', async () => {
  const store = await openMemoryStore();
  const load = store.load.bind(store);
  const rejectLoads: ((error: Error) => void)[] = [];
  let stalled = false;
  store.load = (owner, id) =>
    stalled ? new Promise((_resolve, reject) => rejectLoads.push(reject)) : load(owner, id);
  const library = new ConversationLibrary(new CharacterCompleter('Hi'), { store });
  const { record, conversation } = await library.create(OWNER);
  stalled = true;
  const opens = Array.from({ length: 300 }, (_, i) =>
    library.open(OWNER, `any-${i}`).catch(({ message }) => message),
  );
  expect((await library.open(OWNER, record.id)).conversation).toBe(conversation);
  expect(await conversation.send('One').result).toMatchObject({ text: 'Hi' });
  for (const reject of rejectLoads) reject(new Error('the connection was closed'));
  expect(new Set(await Promise.all(opens))).toEqual(new Set(['the connection was closed']));
  stalled = false;
  await expect(library.open(OWNER, 'any-0')).rejects.toMatchObject({ code: 'not_found' });
  await store.close();
});

test('`open` returns the same object for a referenced conversation, even after many other conversations were opened', async () => {
  const store = await openMemoryStore();
  const library = new ConversationLibrary(new CharacterCompleter('Hi'), { store });
  const { record, conversation } = await library.create(OWNER);
  for (let i = 0; i < 300; i++) await library.draft(OWNER);
  const again = await library.open(OWNER, record.id);
  expect(again.conversation).toBe(conversation);
  await store.close();
});

test('concurrent calls of `open` for one conversation return the same object', async () => {
  const store = await openMemoryStore();
  const { record } = await new ConversationLibrary(new CharacterCompleter(), { store }).create(OWNER);
  const library = new ConversationLibrary(new CharacterCompleter(), { store });
  const [first, second] = await Promise.all([library.open(OWNER, record.id), library.open(OWNER, record.id)]);
  expect(first.conversation).toBe(second.conversation);
  await store.close();
});

test('a removed conversation rejects new turns', async () => {
  const store = await openMemoryStore();
  const library = new ConversationLibrary(new CharacterCompleter('Hi'), { store });
  const { record, conversation } = await library.create(OWNER);
  await library.remove(OWNER, record.id);
  await expect(conversation.send('One').result).rejects.toMatchObject({ code: 'not_found' });
  await store.close();
});

test('a model that finishes loading after another model was selected does not replace the selected model', async () => {
  const store = await openMemoryStore();
  const [quick, slow] = [new CharacterCompleter('Hi'), new CharacterCompleter('Hi')];
  slow.contextLength = 50;
  let load: (completer: CharacterCompleter) => void = () => undefined;
  const loaded = new Promise<CharacterCompleter>((resolve) => {
    load = resolve;
  });
  const library = new ConversationLibrary(async (model) => (model === 'slow' ? loaded : quick), { store });
  const { record, conversation } = await library.create(OWNER);
  const selection = library.change(OWNER, record.id, { model: 'slow' });
  await expect.poll(async () => (await store.load(OWNER, record.id))?.record.model).toBe('slow');
  await new Promise((resolve) => setTimeout(resolve, 10));
  await library.change(OWNER, record.id, { model: 'quick' });
  load(slow);
  await selection;
  expect(conversation.contextLength).toBe(quick.contextLength);
  await store.close();
});

test('open conversations no longer use a released model', async () => {
  const store = await openMemoryStore();
  const [released, other] = [new CharacterCompleter('Hi'), new CharacterCompleter('Hi')];
  const library = new ConversationLibrary(async (model) => (model === 'other' ? other : released), { store });
  const conversations = await Promise.all(
    ['released', 'other'].map((model) => library.create(OWNER, { model })),
  );
  library.release(released, () => new Error('it was unloaded'));
  expect(conversations.map(({ conversation }) => conversation.contextLength)).toEqual([0, 100]);
  await expect(conversations[0]!.conversation.send('One').result).rejects.toThrow('it was unloaded');
  const again = await library.open(OWNER, conversations[0]!.record.id);
  expect(await again.conversation.send('One').result).toMatchObject({ text: 'Hi' });
  await store.close();
});
