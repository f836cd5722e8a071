// A socket that watches conversations receives an event for each change of a conversation of the same key, whatever caused the
// change, can follow answers of other sockets, and receives no events of other keys. Also tests first turns that fail, which leave
// no conversation.

import { beforeEach, describe, expect, test } from 'vitest';
import type { ChangedEvent } from '../../src/server/protocols/chat-socket/chat-events.ts';
import { ChatClient } from '../support/server/chat-client.ts';
import { call } from '../support/server/http-calls.ts';
import { ENDLESS_PROMPT, tinyServerForTests } from '../support/server/tiny-server.ts';

const KEY = 'key-of-the-watcher';
const OTHER_KEY = 'key-of-another-client';
const GREEDY = { temperature: 0, maxTokens: 6 };
const LONG = { temperature: 0, maxTokens: 90 };

const tiny = tinyServerForTests({ stepTokens: 4 }, { apiKeys: [KEY, OTHER_KEY] });
let watcher: ChatClient;
let writer: ChatClient;

const open = (key: string): Promise<ChatClient> => ChatClient.open(tiny.url, { key });

beforeEach(async () => {
  [watcher, writer] = await Promise.all([open(KEY), open(KEY)]);
  watcher.send({ watch: true });
  await roundTrip(watcher);
  return async () => {
    await watcher.close();
    await writer.close();
  };
});

/** Resolves when the server has processed all earlier frames of the client. */
async function roundTrip(client: ChatClient): Promise<void> {
  const ping = client.events.length;
  client.send({ ping });
  while ((await client.next('pong')).ping !== ping);
}

const http = (method: string, path: string, body?: unknown, key = KEY) =>
  call(tiny.url, method, path, { body, key });

async function listConversations(): Promise<readonly unknown[]> {
  return (await http('GET', '/conversations?limit=200')).json.conversations;
}

async function startConversation(message: string): Promise<string> {
  return (await writer.ask(message, { conversation: 'new', options: GREEDY })).end.conversation!;
}

describe('a socket that watches conversations', () => {
  test('receives an event at the start and at the end of a turn, even of the first turn', async () => {
    const conversation = await startConversation('hello');
    const [startChange, endChange] = [await watcher.next('changed'), await watcher.next('changed')];
    expect(startChange).toEqual({ type: 'changed', conversation, updatedAt: expect.any(Number) });
    expect(endChange).toMatchObject({ type: 'changed', conversation });
    const [{ updatedAt }] = (await http('GET', '/conversations?limit=1')).json.conversations;
    expect((endChange as { updatedAt: number }).updatedAt).toBe(updatedAt);
  });

  const changes: readonly (readonly [string, (id: string, message: string) => Promise<unknown>])[] = [
    ['the title', (id) => http('PATCH', `/conversations/${id}`, { title: 'Mine' })],
    ['the head', (id, head) => http('PATCH', `/conversations/${id}`, { head })],
    ['the policy', (id) => http('PATCH', `/conversations/${id}`, { contextPolicy: 'truncate' })],
    ['the messages by another socket', (id) => writer.ask('again', { conversation: id, options: GREEDY })],
  ];
  test.each(changes)('receives an event for a change of %s', async (_name, change) => {
    const { end } = await writer.ask('hello', { conversation: 'new', options: GREEDY });
    await watcher.next('changed');
    await watcher.next('changed');
    await change(end.conversation!, end.messages!.user);
    expect((await watcher.next('changed')).conversation).toBe(end.conversation);
  });

  test('also receives events of its own turns', async () => {
    watcher.send({ message: 'mine', conversation: 'new', options: GREEDY });
    const { conversation } = await watcher.next('end');
    const changedEvents = watcher.events.filter(({ type }) => type === 'changed');
    expect(changedEvents).toMatchObject([{ conversation }, { conversation }]);
  });

  test('receives events for a fork, an import, a conversation created over HTTP, and their deletion', async () => {
    const id = await startConversation('hello');
    await watcher.next('changed');
    await watcher.next('changed');
    const created = [
      (await http('POST', `/conversations/${id}/fork`)).json.id,
      (await http('POST', '/conversations', { title: 'x' })).json.id,
      (await http('POST', '/conversations/import', (await http('GET', `/conversations/${id}/export`)).json))
        .json.conversations[0].id,
    ];
    const stored = { type: 'changed', updatedAt: expect.any(Number) };
    for (const conversation of created)
      expect(await watcher.next('changed')).toEqual({ ...stored, conversation });
    for (const conversation of created) {
      await http('DELETE', `/conversations/${conversation}`);
      expect(await watcher.next('changed')).toEqual({ type: 'changed', conversation, deleted: true });
    }
  });

  test('receives no events of conversations of another key', async () => {
    const other = await open(OTHER_KEY);
    const { end } = await other.ask('secret', { conversation: 'new', options: GREEDY });
    await http('PATCH', `/conversations/${end.conversation}`, { title: 'x' }, OTHER_KEY);
    await http('DELETE', `/conversations/${end.conversation}`, undefined, OTHER_KEY);
    await roundTrip(watcher);
    expect(watcher.events.filter(({ type }) => type !== 'pong')).toEqual([]);
    await other.close();
  });

  test('receives no events after it stops watching, and each event once after it watches again', async () => {
    watcher.send({ watch: false });
    await roundTrip(watcher);
    await startConversation('hello');
    await roundTrip(watcher);
    expect(watcher.events.filter(({ type }) => type !== 'pong')).toEqual([]);
    watcher.send({ watch: true });
    watcher.send({ watch: true }); // watching twice has no further effect
    await roundTrip(watcher);
    const { id } = (await http('POST', '/conversations', {})).json;
    await roundTrip(watcher);
    const changedEvents = watcher.events.filter((event): event is ChangedEvent => event.type === 'changed');
    expect(changedEvents.map(({ conversation }) => conversation)).toEqual([id]);
  });

  test('can follow an answer of another socket from its first to its last event', async () => {
    writer.send({ message: ENDLESS_PROMPT, conversation: 'new', options: LONG });
    const { conversation } = await watcher.next('changed');
    const storedConversation = (await http('GET', `/conversations/${conversation}`)).json;
    expect(storedConversation.messages.at(-1).state).toBe('running');
    watcher.send({ conversation, resume: 0 });
    expect(await watcher.next('resumed')).toMatchObject({ running: true, missed: false });
    await Promise.all([writer.next('end'), watcher.next('end')]);
    const turnEvents = ({ events }: ChatClient) => events.filter((event) => 'n' in event);
    expect(turnEvents(watcher)).toEqual(turnEvents(writer));
    expect(turnEvents(watcher).length).toBeGreaterThan(10);
  });
});

describe('a first turn that fails', () => {
  const longMessage = 'x '.repeat(2000);

  test('leaves no conversation if it is rejected, and watching sockets receive a deletion', async () => {
    const before = await listConversations();
    for (const fields of [{ conversation: 'new' }, {}, { reset: true }]) {
      await expect(writer.ask(longMessage, fields)).rejects.toThrow('context_length_exceeded');
      await expect(writer.ask('x', { ...fields, options: { stopTokens: [99_999_999] } })).rejects.toThrow(
        /bad_option|token/,
      );
    }
    await roundTrip(writer);
    expect(await listConversations()).toEqual(before);
    await roundTrip(watcher);
    const lastEvents = new Map(
      watcher.events.map((event) => ['conversation' in event && event.conversation, event]),
    );
    for (const event of lastEvents.values())
      if (event.type === 'changed') expect(event).toHaveProperty('deleted');
  });

  test('leaves no conversation if it is cancelled before its first token', async () => {
    const before = await listConversations();
    writer.send({ message: ENDLESS_PROMPT });
    writer.send({ cancel: true });
    expect((await writer.next('end')).finishReason).toBe('cancelled');
    expect(await listConversations()).toEqual(before);
  });

  test('can be followed by a successful turn in the same conversation', async () => {
    await expect(writer.ask(longMessage)).rejects.toThrow('context_length_exceeded');
    const { end } = await writer.ask('short', { options: GREEDY });
    expect(end.title).toBe('short');
    const storedConversation = await http('GET', `/conversations/${end.conversation}`);
    expect(storedConversation.json.messages).toHaveLength(2);
    await expect(writer.ask(longMessage)).rejects.toThrow('context_length_exceeded'); // a later turn that fails changes nothing
    expect((await http('GET', `/conversations/${end.conversation}`)).json.messages).toHaveLength(2);
  });
});
