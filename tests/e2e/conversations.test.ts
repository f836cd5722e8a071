// Tests stored conversations: over the chat socket by id, over HTTP, and after lost connections and restarts.

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

const withClient = <T>(action: (client: ChatClient) => Promise<T>): Promise<T> =>
  withChatClient(tiny.url, action);

const http = (method: string, path: string, body?: unknown) => call(tiny.url, method, path, { body });

async function startConversation(
  client: ChatClient,
  message: string,
  fields: object = {},
): Promise<EventOf<'end'>> {
  return (await client.ask(message, { conversation: 'new', options: GREEDY, ...fields })).end;
}

describe('conversations over the chat socket', () => {
  test('a new conversation has an id, a title and numbered events, and a client continues the conversation by its id', () =>
    withClient(async (client) => {
      client.send({ message: 'hello', conversation: 'new', options: GREEDY, tag: 'mine' });
      const startEvent = await client.next('start');
      expect(startEvent).toMatchObject({ tag: 'mine', conversation: expect.any(String) });
      const end = await client.next('end');
      expect(end).toMatchObject({ title: 'hello', conversation: startEvent.conversation });
      const numbers = client.events.map((event) => ('n' in event ? event.n! : 0));
      expect(numbers).toEqual(numbers.map((_, i) => i + 1));
      const second = await client.ask('more', { conversation: startEvent.conversation, options: GREEDY });
      expect(second.end.usage!.promptTokens).toBeGreaterThan(end.usage!.contextUsed);
      const [{ turn: previousTurn }, { turn }] = [end, second.end] as [{ turn?: string }, { turn?: string }];
      expect(turn).not.toBe(previousTurn); // event numbers start at 1 in each turn
    }));

  test('a client regenerates an answer and edits a message by their ids', () =>
    withClient(async (client) => {
      const { conversation, messages } = await startConversation(client, 'one');
      client.send({ conversation, regenerate: messages!.assistant, options: GREEDY });
      const regenerated = await client.next('end');
      expect(regenerated.messages!.user).toBe(messages!.user);
      expect(regenerated.usage!.cachedTokens).toBe(regenerated.usage!.promptTokens - 1);
      const edited = await client.ask('two', { conversation, edit: messages!.user, options: GREEDY });
      const { json } = await http('GET', `/conversations/${conversation}`);
      expect(json.messages).toHaveLength(5);
      expect(json.head).toBe(edited.end.messages!.assistant);
      const selected = await http('PATCH', `/conversations/${conversation}`, { head: messages!.user });
      expect(selected.json.head).toBe(regenerated.messages!.assistant);
    }));

  test('the error for an edit that is too long reports the tokens of the edited branch', () =>
    withClient(async (client) => {
      const { conversation, messages } = await startConversation(client, 'one');
      await client.ask('two', { conversation, options: GREEDY });
      const message = 'x '.repeat(200);
      const reportedTokens = async (fields: object): Promise<number | undefined> => {
        client.send({ conversation, message, ...fields });
        await expect(client.next('end')).rejects.toThrow('context_length_exceeded');
        return (client.events.at(-1) as EventOf<'error'>).promptTokens;
      };
      const { json } = await http('POST', '/tokenize', { messages: [{ role: 'user', content: message }] });
      expect(await reportedTokens({ edit: messages!.user })).toBe(json.count);
      expect(await reportedTokens({})).toBeGreaterThan(json.count);
    }));

  test('several conversations on one socket run at the same time', () =>
    withClient(async (client) => {
      client.send({ message: ENDLESS_PROMPT, conversation: 'new', options: LONG, tag: 'long' });
      const longTurn = await client.next('start');
      client.send({ message: 'hello', conversation: 'new', options: GREEDY, tag: 'short' });
      const firstEnd = await client.next('end');
      expect(firstEnd.conversation).not.toBe(longTurn.conversation);
      client.send({ conversation: longTurn.conversation, cancel: true });
      expect((await client.next('end')).finishReason).toBe('cancelled');
    }));

  test('a turn is rejected if its conversation has a running turn or is unknown', () =>
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

  test('an answer continues after its connection is lost, and a client on another connection resumes the answer at an event number', async () => {
    const earlierEvents: unknown[] = [];
    const { conversation, received, turn } = await withClient(async (client) => {
      client.send({ message: ENDLESS_PROMPT, conversation: 'new', options: LONG });
      await client.next('stream');
      const event = await client.next('stream');
      earlierEvents.push(...client.events);
      return { conversation: event.conversation!, received: event.n!, turn: event.turn! };
    });
    await withClient(async (client) => {
      client.send({ conversation, resume: received, turn });
      expect(await client.next('resumed')).toMatchObject({ missed: false });
      const end = await client.next('end');
      expect(end.finishReason).not.toBe('cancelled');
      const events = [
        ...earlierEvents.filter((event) => (event as { n: number }).n <= received),
        ...client.events.slice(1),
      ];
      const text = events.map((event) => (event as { content?: string }).content ?? '').join('');
      const { json } = await http('GET', `/conversations/${conversation}`);
      expect(json.messages.at(-1)).toMatchObject({ content: text, state: 'complete' });
    });
  });

  test('resuming a turn that is no longer stored reports missed events', () =>
    withClient(async (client) => {
      const { conversation, n, turn } = (await startConversation(client, 'one')) as EventOf<'end'> & {
        n: number;
      };
      await client.ask('two', { conversation, options: GREEDY });
      client.send({ conversation, resume: n - 2, turn });
      expect(await client.next('resumed')).toMatchObject({ missed: true, running: false });
      client.send({ conversation: 'unknown', resume: 7, turn });
      expect(await client.next('resumed')).toMatchObject({ missed: true, running: false });
    }));
});

describe('conversations over HTTP', () => {
  test('the routes list, search, rename, fork, export and delete conversations', () =>
    withClient(async (client) => {
      const { conversation } = await startConversation(client, 'unlikely words', { system: 'Be kind.' });
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
      const renamed = await http('GET', `/conversations/${conversation}`);
      expect(renamed.json).toMatchObject({
        title: 'Mine',
        system: 'Be kind.',
        sampling: { temperature: 0.5 },
      });
      const fork = await http('POST', `/conversations/${conversation}/fork`);
      expect(fork.status).toBe(201);
      expect(fork.json.messages.map(({ content }: { content: string }) => content)).toEqual(
        renamed.json.messages.map(({ content }: { content: string }) => content),
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
  ])(
    '%s %s %o is rejected with the code %s, and the error names the parameter',
    async (method, path, body, code, param) => {
      const { status, json } = await http(method, path, body);
      expect([status, json.error.code, json.error.param]).toEqual([400, code, param]);
    },
  );

  test('the server stores page settings up to a size limit', async () => {
    expect((await http('PUT', '/settings/page', { language: 'zh' })).status).toBe(204);
    expect((await http('GET', '/settings/page')).json).toEqual({ language: 'zh' });
    expect((await http('PUT', '/settings/page', { big: 'x'.repeat(20_000) })).status).toBe(413);
  });
});

test('after a restart, a turn continues a conversation with all of its tokens', async () => {
  const { conversation, usage } = await withClient((client) => startConversation(client, 'remember'));
  await tiny.stop();
  await start();
  await withClient(async (client) => {
    const { end } = await client.ask('and now', { conversation, options: GREEDY });
    expect(end.usage!.promptTokens).toBeGreaterThan(usage!.contextUsed);
    expect((await http('GET', `/conversations/${conversation}`)).json.title).toBe('remember');
  });
});
