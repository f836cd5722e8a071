// Conversations that are stored: over the socket by name, over HTTP, across lost connections and restarts.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSqliteStore } from '../../src/chat/storage/open-store.ts';
import { ChatClient, type EventOf } from '../support/server/chat-client.ts';
import { startTinyServer, type TinyServer } from '../support/server/tiny-server.ts';

const GREEDY = { temperature: 0, maxTokens: 8 };
const LONG = { temperature: 0, maxTokens: 90 };
const ENDLESS = 'b'; // answered until the context is full

let folder: string;
let tiny: TinyServer;

const start = async (): Promise<void> => {
  tiny = await startTinyServer({ stepTokens: 4 }, { store: await openSqliteStore(folder) });
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-conversations-'));
  await start();
});

afterAll(async () => {
  await tiny.stop();
  await rm(folder, { recursive: true, force: true });
});

// What the server says, looked into without checking: an expectation fails where it is something else.
interface Json {
  readonly id: string;
  readonly title: string;
  readonly head: string;
  readonly count: number;
  readonly conversations: readonly unknown[];
  readonly messages: readonly { readonly content: string }[];
  readonly error: { readonly code: string; readonly param: string | null };
}

async function withClient<T>(body: (client: ChatClient) => Promise<T>): Promise<T> {
  const client = await ChatClient.open(tiny.url);
  try {
    return await body(client);
  } finally {
    await client.close();
  }
}

async function http(method: string, path: string, body?: unknown): Promise<{ status: number; json: Json }> {
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await fetch(tiny.url + path, { method, ...init });
  const text = await response.text();
  return { status: response.status, json: text === '' ? undefined : JSON.parse(text) };
}

async function begin(client: ChatClient, message: string, more: object = {}): Promise<EventOf<'end'>> {
  return (await client.ask(message, { conversation: 'new', options: GREEDY, ...more })).end;
}

describe('over the socket', () => {
  test('a new conversation has an id, a title and numbered events, and goes on by its id', () =>
    withClient(async (client) => {
      client.send({ message: 'hello', conversation: 'new', options: GREEDY, tag: 'mine' });
      const first = await client.next('start');
      expect(first).toMatchObject({ tag: 'mine', conversation: expect.any(String) });
      const end = await client.next('end');
      expect(end).toMatchObject({ title: 'hello', conversation: first.conversation });
      const numbers = client.events.map((event) => ('n' in event ? event.n! : 0));
      expect(numbers).toEqual(numbers.map((_, i) => i + 1));
      const again = await client.ask('more', { conversation: first.conversation, options: GREEDY });
      expect(again.end.usage!.promptTokens).toBeGreaterThan(end.usage!.contextUsed);
      const [{ turn: before }, { turn }] = [end, again.end] as [{ turn?: string }, { turn?: string }];
      expect(turn).not.toBe(before); // where its events count from 1 again
    }));

  test('answers are given again and messages edited, by their ids', () =>
    withClient(async (client) => {
      const { conversation, messages } = await begin(client, 'one');
      client.send({ conversation, regenerate: messages!.assistant, options: GREEDY });
      const again = await client.next('end');
      expect(again.messages!.user).toBe(messages!.user);
      expect(again.usage!.cachedTokens).toBe(again.usage!.promptTokens - 1);
      const edited = await client.ask('two', { conversation, edit: messages!.user, options: GREEDY });
      const { json } = await http('GET', `/conversations/${conversation}`);
      expect(json.messages).toHaveLength(5);
      expect(json.head).toBe(edited.end.messages!.assistant);
      const back = await http('PATCH', `/conversations/${conversation}`, { head: messages!.user });
      expect(back.json.head).toBe(again.messages!.assistant);
    }));

  test('an edit that is too long is told what it would need, without the branch that it leaves', () =>
    withClient(async (client) => {
      const { conversation, messages } = await begin(client, 'one');
      await client.ask('two', { conversation, options: GREEDY });
      const message = 'x '.repeat(200);
      const needed = async (more: object): Promise<number | undefined> => {
        client.send({ conversation, message, ...more });
        await expect(client.next('end')).rejects.toThrow('context_length_exceeded');
        return (client.events.at(-1) as EventOf<'error'>).promptTokens;
      };
      const { json } = await http('POST', '/tokenize', { messages: [{ role: 'user', content: message }] });
      expect(await needed({ edit: messages!.user })).toBe(json.count);
      expect(await needed({})).toBeGreaterThan(json.count);
    }));

  test('several conversations on one socket do not wait for each other', () =>
    withClient(async (client) => {
      client.send({ message: ENDLESS, conversation: 'new', options: LONG, tag: 'long' });
      const long = await client.next('start');
      client.send({ message: 'hello', conversation: 'new', options: GREEDY, tag: 'short' });
      const first = await client.next('end');
      expect(first.conversation).not.toBe(long.conversation);
      client.send({ conversation: long.conversation, cancel: true });
      expect((await client.next('end')).finishReason).toBe('cancelled');
    }));

  test('a turn in a conversation that runs, and one that is not there, are refused', () =>
    withClient(async (client) => {
      client.send({ message: ENDLESS, conversation: 'new', options: LONG });
      const { conversation } = await client.next('start');
      client.send({ message: 'x', conversation });
      await expect(client.next('end')).rejects.toThrow('conversation_busy');
      client.send({ message: 'x', conversation: 'nobody' });
      await expect(client.next('end')).rejects.toThrow('not_found');
      client.send({ conversation, cancel: true });
      await client.next('end');
    }));

  test('an answer goes on when its reader is lost, and is read on from where he was', async () => {
    const before: unknown[] = [];
    const { conversation, seen, turn } = await withClient(async (client) => {
      client.send({ message: ENDLESS, conversation: 'new', options: LONG });
      await client.next('stream');
      const event = await client.next('stream');
      before.push(...client.events);
      return { conversation: event.conversation!, seen: event.n!, turn: event.turn! };
    });
    await withClient(async (client) => {
      client.send({ conversation, resume: seen, turn });
      expect(await client.next('resumed')).toMatchObject({ missed: false });
      const end = await client.next('end');
      expect(end.finishReason).not.toBe('cancelled');
      const events = [
        ...before.filter((event) => (event as { n: number }).n <= seen),
        ...client.events.slice(1),
      ];
      const text = events.map((event) => (event as { content?: string }).content ?? '').join('');
      const { json } = await http('GET', `/conversations/${conversation}`);
      expect(json.messages.at(-1)).toMatchObject({ content: text, state: 'complete' });
    });
  });

  test('who was away for more than a turn is told to read the conversation again', () =>
    withClient(async (client) => {
      const { conversation, n, turn } = (await begin(client, 'one')) as EventOf<'end'> & { n: number };
      await client.ask('two', { conversation, options: GREEDY });
      client.send({ conversation, resume: n - 2, turn });
      expect(await client.next('resumed')).toMatchObject({ missed: true, running: false });
      client.send({ conversation: 'nobody', resume: 7, turn });
      expect(await client.next('resumed')).toMatchObject({ missed: true, running: false });
    }));
});

describe('over HTTP', () => {
  test('conversations are listed, found, renamed, forked, exported and removed', () =>
    withClient(async (client) => {
      const { conversation } = await begin(client, 'unlikely words', { system: 'Be kind.' });
      const { json } = await http('GET', '/conversations?search=UNLIKELY');
      expect(json.conversations).toEqual([
        {
          id: conversation,
          title: 'unlikely words',
          createdAt: expect.any(Number),
          updatedAt: expect.any(Number),
        },
      ]);
      await http('PATCH', `/conversations/${conversation}`, {
        title: 'Mine',
        sampling: { temperature: 0.5 },
      });
      const read = await http('GET', `/conversations/${conversation}`);
      expect(read.json).toMatchObject({ title: 'Mine', system: 'Be kind.', sampling: { temperature: 0.5 } });
      const fork = await http('POST', `/conversations/${conversation}/fork`);
      expect(fork.status).toBe(201);
      expect(fork.json.messages.map(({ content }: { content: string }) => content)).toEqual(
        read.json.messages.map(({ content }: { content: string }) => content),
      );
      const markdown = await (
        await fetch(`${tiny.url}/conversations/${conversation}/export?format=markdown`)
      ).text();
      expect(markdown).toMatch(/^# Mine\n\n## System\n\nBe kind\.\n\n## User\n\nunlikely words\n/);
      expect((await http('DELETE', `/conversations/${conversation}`)).status).toBe(204);
      expect(await http('GET', `/conversations/${conversation}`)).toMatchObject({
        status: 404,
        json: { error: { code: 'not_found' } },
      });
    }));

  test.each([
    ['GET', '/conversations?limit=0', undefined, 'bad_option', 'limit'],
    ['GET', '/conversations?colour=red', undefined, 'unknown_option', 'colour'],
    ['GET', '/conversations/x/export?format=pdf', undefined, 'bad_option', 'format'],
    ['POST', '/conversations', { sytem: 'x' }, 'unknown_option', 'sytem'],
    ['POST', '/conversations', { sampling: { temperature: -1 } }, 'bad_option', 'sampling.temperature'],
    ['POST', '/conversations', { sampling: { max_tokens: 1 } }, 'unknown_option', 'sampling.max_tokens'],
    ['POST', '/conversations', [1], 'bad_message', null],
    ['PATCH', '/conversations/x', { title: '' }, 'bad_option', 'title'],
    ['POST', '/conversations/x/fork', { message: 7 }, 'bad_option', 'message'],
    ['PUT', '/settings/page', [1], 'bad_option', null],
  ])('%s %s %o is refused as %s, with the parameter at fault', async (method, path, body, code, param) => {
    const { status, json } = await http(method, path, body);
    expect([status, json.error.code, json.error.param]).toEqual([400, code, param]);
  });

  test('settings of the page are kept', async () => {
    expect((await http('PUT', '/settings/page', { language: 'zh' })).status).toBe(204);
    expect((await http('GET', '/settings/page')).json).toEqual({ language: 'zh' });
    expect((await http('PUT', '/settings/page', { big: 'x'.repeat(20_000) })).status).toBe(413);
  });
});

test('after a restart a conversation goes on with its tokens', async () => {
  const { conversation, usage } = await withClient((client) => begin(client, 'remember'));
  await tiny.stop();
  await start();
  await withClient(async (client) => {
    const { end } = await client.ask('and now', { conversation, options: GREEDY });
    expect(end.usage!.promptTokens).toBeGreaterThan(usage!.contextUsed);
    expect((await http('GET', `/conversations/${conversation}`)).json.title).toBe('remember');
  });
});
