import { expect, test } from 'vitest';
import { CharacterCompleter } from '../../../../tests/support/chat/character-completer.ts';
import { ConversationLibrary } from '../../../chat/conversation-library.ts';
import { openMemoryStore } from '../../../chat/storage/open-store.ts';
import { conversationMarkdown, conversationSummary, conversationView } from './conversation-view.ts';

async function conversationWith(settings: object, ...turns: readonly (readonly [string, string])[]) {
  const completer = new CharacterCompleter(...turns.map(([, answer]) => answer));
  const library = new ConversationLibrary(completer, { store: await openMemoryStore() });
  const open = await library.create('owner', settings);
  for (const [message] of turns) await open.conversation.send(message).result;
  return open;
}

test('conversationView returns null for absent values, because JSON clients expect every field', async () => {
  const open = await conversationWith({});
  expect(conversationView(open)).toMatchObject({ system: null, model: null, head: null, messages: [] });
});

test('conversationView lists messages with their parents, and the head is the last message', async () => {
  const open = await conversationWith({ system: 'Be brief.' }, ['one', 'Hi'], ['two', 'Ho']);
  const { system, head, messages } = conversationView(open);
  expect(system).toBe('Be brief.');
  expect(messages.map(({ role, content }) => [role, content])).toEqual([
    ['user', 'one'],
    ['assistant', 'Hi'],
    ['user', 'two'],
    ['assistant', 'Ho'],
  ]);
  expect(messages.map(({ parent }) => parent)).toEqual([null, ...messages.slice(0, -1).map(({ id }) => id)]);
  expect(head).toBe(messages.at(-1)?.id);
});

test('conversationSummary returns only the fields that the list of conversations contains', async () => {
  const { record } = await conversationWith({ title: 'Mine' });
  const { id, createdAt, updatedAt } = record;
  expect(conversationSummary(record)).toEqual({ id, title: 'Mine', createdAt, updatedAt });
});

test('conversationMarkdown writes the title as a heading of one line, and a heading for each message', async () => {
  const open = await conversationWith({ title: 'a\nb', system: 'Be brief.' }, ['one', 'Hi']);
  expect(conversationMarkdown(open)).toBe(
    '# a b\n\n## System\n\nBe brief.\n\n## User\n\none\n\n## Assistant\n\nHi\n',
  );
});
