// Which object a conversation has, however many others are opened meanwhile and whatever the store does.

import { expect, test } from 'vitest';
import { CharacterCompleter } from '../../tests/support/chat/character-completer.ts';
import { ConversationLibrary } from './conversation-library.ts';
import { openMemoryStore } from './storage/open-store.ts';

const OWNER = 'me';

test('a store that stalls and then fails fails those who wait for it, and nobody else', async () => {
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

test('who has a conversation and who opens it have one object, however many others were opened between', async () => {
  const store = await openMemoryStore();
  const library = new ConversationLibrary(new CharacterCompleter('Hi'), { store });
  const { record, conversation } = await library.create(OWNER);
  for (let i = 0; i < 300; i++) await library.draft(OWNER);
  const again = await library.open(OWNER, record.id);
  expect(again.conversation).toBe(conversation);
  await store.close();
});

test('two who open it at once have one object', async () => {
  const store = await openMemoryStore();
  const { record } = await new ConversationLibrary(new CharacterCompleter(), { store }).create(OWNER);
  const library = new ConversationLibrary(new CharacterCompleter(), { store });
  const [one, other] = await Promise.all([library.open(OWNER, record.id), library.open(OWNER, record.id)]);
  expect(one.conversation).toBe(other.conversation);
  await store.close();
});

test('a turn does not begin in a conversation that was removed', async () => {
  const store = await openMemoryStore();
  const library = new ConversationLibrary(new CharacterCompleter('Hi'), { store });
  const { record, conversation } = await library.create(OWNER);
  await library.remove(OWNER, record.id);
  await expect(conversation.send('One').result).rejects.toMatchObject({ code: 'not_found' });
  await store.close();
});

test('a model that took long to come is not used where another was chosen meanwhile', async () => {
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

test('a model that is not there any more is not held by what is open', async () => {
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
