// Stored conversations: over the chat socket by id, over HTTP, across lost connections and restarts.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSqliteStore } from '../../src/chat/storage/open-store.ts';
import { type ChatClient, type EventOf, withChatClient } from '../support/server/chat-client.ts';
import { call } from '../support/server/http-calls.ts';
import { ENDLESS_PROMPT, startTinyServer, type TinyServer } from '../support/server/tiny-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const GREEDY = { temperature: 0, maxTokens: 8 };
const LONG = { temperature: 0, maxTokens: 90 };

const folder = temporaryFolder('conversations');
let tiny: TinyServer;

const start = async (): Promise<void> => {
  tiny = await startTinyServer({ stepTokens: 4 }, { store: await openSqliteStore(folder) });
};

beforeAll(start);
afterAll(() => tiny.stop());

const withClient = <T>(body: (client: ChatClient) => Promise<T>): Promise<T> =>
  withChatClient(tiny.url, body);

const http = (method: string, path: string, body?: unknown) => call(tiny.url, method, path, { body });

async function begin(client: ChatClient, message: string, more: object = {}): Promise<EventOf<'end'>> {
  return (await client.ask(message, { conversation: 'new', options: GREEDY, ...more })).end;
}

describe('over the socket', () => {
  test('a new conversation has an id, a title and numbered events, and is continued by its id', () =>
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
      expect(turn).not.toBe(before); // event numbers start at 1 in each turn
    }));

  test('answers are regenerated and messages edited by their ids', () =>
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

  test('the error for an edit that is too long reports the tokens of its own branch', () =>
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

  test('several conversations on one socket run at the same time', () =>
    withClient(async (client) => {
      client.send({ message: ENDLESS_PROMPT, conversation: 'new', options: LONG, tag: 'long' });
      const long = await client.next('start');
      client.send({ message: 'hello', conversation: 'new', options: GREEDY, tag: 'short' });
      const first = await client.next('end');
      expect(first.conversation).not.toBe(long.conversation);
      client.send({ conversation: long.conversation, cancel: true });
      expect((await client.next('end')).finishReason).toBe('cancelled');
    }));

  test('a turn is refused in a conversation with a running turn and in an unknown one', () =>
    withClient(async (client) => {
      client.send({ message: ENDLESS_PROMPT, conversation: 'new', options: LONG });
      const { conversation } = await client.next('start');
      client.send({ message: 'x', conversation });
      await expect(client.next('end')).rejects.toThrow('conversation_busy');
      client.send({ message: 'x', conversation: 'unknown' });
      await expect(client.next('end')).rejects.toThrow('not_found');
      client.send({ conversation, cancel: true });
      await client.next('end');
    }));

  test('an answer continues after its connection is lost, and another connection resumes it at an event number', async () => {
    const before: unknown[] = [];
    const { conversation, seen, turn } = await withClient(async (client) => {
      client.send({ message: ENDLESS_PROMPT, conversation: 'new', options: LONG });
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

  test('resuming a turn that is over reports missed events', () =>
    withClient(async (client) => {
      const { conversation, n, turn } = (await begin(client, 'one')) as EventOf<'end'> & { n: number };
      await client.ask('two', { conversation, options: GREEDY });
      client.send({ conversation, resume: n - 2, turn });
      expect(await client.next('resumed')).toMatchObject({ missed: true, running: false });
      client.send({ conversation: 'unknown', resume: 7, turn });
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

  test('settings of the page are stored up to a size limit', async () => {
    expect((await http('PUT', '/settings/page', { language: 'zh' })).status).toBe(204);
    expect((await http('GET', '/settings/page')).json).toEqual({ language: 'zh' });
    expect((await http('PUT', '/settings/page', { big: 'x'.repeat(20_000) })).status).toBe(413);
  });
});

test('after a restart a conversation is continued with its tokens', async () => {
  const { conversation, usage } = await withClient((client) => begin(client, 'remember'));
  await tiny.stop();
  await start();
  await withClient(async (client) => {
    const { end } = await client.ask('and now', { conversation, options: GREEDY });
    expect(end.usage!.promptTokens).toBeGreaterThan(usage!.contextUsed);
    expect((await http('GET', `/conversations/${conversation}`)).json.title).toBe('remember');
  });
});
