// A socket that watches: it hears of each change of a conversation of its own key, whoever makes it and how, follows
// answers that were begun elsewhere, and hears of nobody else's. And what is refused before it began leaves nothing.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ChangedEvent } from '../../src/server/protocols/chat-socket/chat-events.ts';
import { ChatClient } from '../support/server/chat-client.ts';
import { startTinyServer, type TinyServer } from '../support/server/tiny-server.ts';

const MINE = 'key-of-the-watcher';
const OTHERS = 'key-of-somebody-else';
const GREEDY = { temperature: 0, maxTokens: 6 };
const LONG = { temperature: 0, maxTokens: 90 };
const ENDLESS = 'b'; // answered until the context is full

let tiny: TinyServer;
let watcher: ChatClient;
let writer: ChatClient;

const open = (key: string): Promise<ChatClient> =>
  ChatClient.open(tiny.url, undefined, { headers: { authorization: `Bearer ${key}` } });

beforeAll(async () => {
  tiny = await startTinyServer({ stepTokens: 4 }, { apiKeys: [MINE, OTHERS] });
});
afterAll(() => tiny.stop());
beforeEach(async () => {
  [watcher, writer] = await Promise.all([open(MINE), open(MINE)]);
  watcher.send({ watch: true });
  await beat(watcher);
  return async () => {
    await watcher.close();
    await writer.close();
  };
});

/** Resolves when the server has dealt with all that was sent before. */
async function beat(client: ChatClient): Promise<void> {
  const ping = client.events.length;
  client.send({ ping });
  while ((await client.next('pong')).ping !== ping);
}

async function http(method: string, path: string, body?: unknown, key = MINE) {
  const response = await fetch(tiny.url + path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: text === '' ? undefined : JSON.parse(text) };
}

async function listed(): Promise<readonly unknown[]> {
  return (await http('GET', '/conversations?limit=200')).json.conversations;
}

async function begin(message: string): Promise<string> {
  return (await writer.ask(message, { conversation: 'new', options: GREEDY })).end.conversation!;
}

describe('a socket that watches', () => {
  test('hears when a turn begins and when it ends, the first one included', async () => {
    const conversation = await begin('hello');
    const [begun, ended] = [await watcher.next('changed'), await watcher.next('changed')];
    expect(begun).toEqual({ type: 'changed', conversation, updatedAt: expect.any(Number) });
    expect(ended).toMatchObject({ type: 'changed', conversation });
    const [{ updatedAt }] = (await http('GET', '/conversations?limit=1')).json.conversations;
    expect((ended as { updatedAt: number }).updatedAt).toBe(updatedAt);
  });

  const changes: readonly (readonly [string, (id: string, message: string) => Promise<unknown>])[] = [
    ['the title', (id) => http('PATCH', `/conversations/${id}`, { title: 'Mine' })],
    ['the head', (id, head) => http('PATCH', `/conversations/${id}`, { head })],
    ['the policy', (id) => http('PATCH', `/conversations/${id}`, { contextPolicy: 'truncate' })],
    ['a turn of another socket', (id) => writer.ask('again', { conversation: id, options: GREEDY })],
  ];
  test.each(changes)('hears of %s', async (_name, change) => {
    const { end } = await writer.ask('hello', { conversation: 'new', options: GREEDY });
    await watcher.next('changed');
    await watcher.next('changed');
    await change(end.conversation!, end.messages!.user);
    expect((await watcher.next('changed')).conversation).toBe(end.conversation);
  });

  test('hears of its own turns too', async () => {
    watcher.send({ message: 'mine', conversation: 'new', options: GREEDY });
    const { conversation } = await watcher.next('end');
    const told = watcher.events.filter(({ type }) => type === 'changed');
    expect(told).toMatchObject([{ conversation }, { conversation }]);
  });

  test('hears of a fork, of an import, of one that is made by a program, and of the end of each', async () => {
    const id = await begin('hello');
    await watcher.next('changed');
    await watcher.next('changed');
    const made = [
      (await http('POST', `/conversations/${id}/fork`)).json.id,
      (await http('POST', '/conversations', { title: 'x' })).json.id,
      (await http('POST', '/conversations/import', (await http('GET', `/conversations/${id}/export`)).json))
        .json.conversations[0].id,
    ];
    const stored = { type: 'changed', updatedAt: expect.any(Number) };
    for (const conversation of made)
      expect(await watcher.next('changed')).toEqual({ ...stored, conversation });
    for (const conversation of made) {
      await http('DELETE', `/conversations/${conversation}`);
      expect(await watcher.next('changed')).toEqual({ type: 'changed', conversation, deleted: true });
    }
  });

  test('hears nothing of the conversations of another key', async () => {
    const stranger = await open(OTHERS);
    const { end } = await stranger.ask('secret', { conversation: 'new', options: GREEDY });
    await http('PATCH', `/conversations/${end.conversation}`, { title: 'x' }, OTHERS);
    await http('DELETE', `/conversations/${end.conversation}`, undefined, OTHERS);
    await beat(watcher);
    expect(watcher.events.filter(({ type }) => type !== 'pong')).toEqual([]);
    await stranger.close();
  });

  test('hears nothing more once it ends the watch, and once more when it begins again', async () => {
    watcher.send({ watch: false });
    await beat(watcher);
    await begin('hello');
    await beat(watcher);
    expect(watcher.events.filter(({ type }) => type !== 'pong')).toEqual([]);
    watcher.send({ watch: true });
    watcher.send({ watch: true }); // twice is once
    await beat(watcher);
    const { id } = (await http('POST', '/conversations', {})).json;
    await beat(watcher);
    const told = watcher.events.filter((event): event is ChangedEvent => event.type === 'changed');
    expect(told.map(({ conversation }) => conversation)).toEqual([id]);
  });

  test('follows an answer that was begun elsewhere, from its beginning to its end', async () => {
    writer.send({ message: ENDLESS, conversation: 'new', options: LONG });
    const { conversation } = await watcher.next('changed');
    const read = (await http('GET', `/conversations/${conversation}`)).json;
    expect(read.messages.at(-1).state).toBe('running');
    watcher.send({ conversation, resume: 0 });
    expect(await watcher.next('resumed')).toMatchObject({ running: true, missed: false });
    await Promise.all([writer.next('end'), watcher.next('end')]);
    const ofTurn = ({ events }: ChatClient) => events.filter((event) => 'n' in event);
    expect(ofTurn(watcher)).toEqual(ofTurn(writer));
    expect(ofTurn(watcher).length).toBeGreaterThan(10);
  });
});

describe('a first turn that does not come about', () => {
  const long = 'x '.repeat(2000);

  test('leaves no conversation when it is refused, as watchers hear', async () => {
    const before = await listed();
    for (const more of [{ conversation: 'new' }, {}, { reset: true }]) {
      await expect(writer.ask(long, more)).rejects.toThrow('context_length_exceeded');
      await expect(writer.ask('x', { ...more, options: { stopTokens: [99_999_999] } })).rejects.toThrow(
        /bad_option|token/,
      );
    }
    await beat(writer);
    expect(await listed()).toEqual(before);
    await beat(watcher);
    const last = new Map(
      watcher.events.map((event) => ['conversation' in event && event.conversation, event]),
    );
    for (const event of last.values()) if (event.type === 'changed') expect(event).toHaveProperty('deleted');
  });

  test('leaves none when it is cancelled before its first token', async () => {
    const before = await listed();
    writer.send({ message: ENDLESS });
    writer.send({ cancel: true });
    expect((await writer.next('end')).finishReason).toBe('cancelled');
    expect(await listed()).toEqual(before);
  });

  test('is followed by one that does, in the same conversation', async () => {
    await expect(writer.ask(long)).rejects.toThrow('context_length_exceeded');
    const { end } = await writer.ask('short', { options: GREEDY });
    expect(end.title).toBe('short');
    const read = await http('GET', `/conversations/${end.conversation}`);
    expect(read.json.messages).toHaveLength(2);
    await expect(writer.ask(long)).rejects.toThrow('context_length_exceeded'); // a later one takes nothing with it
    expect((await http('GET', `/conversations/${end.conversation}`)).json.messages).toHaveLength(2);
  });
});
