// Tests the limits of an API key, the owner of conversations when keys, names or secrets change, and the removal of keys from a
// running server.

import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ConversationStore } from '../../src/chat/conversation-store.ts';
import { openSqliteStore } from '../../src/chat/storage/open-store.ts';
import type { Engine, EngineOptions } from '../../src/engine/engine.ts';
import { type ApiKey, apiKey } from '../../src/server/http/keys/api-key.ts';
import type { ServerOptions } from '../../src/server/start-server.ts';
import { conversationRecord } from '../support/chat/records.ts';
import { ChatClient, withChatClient } from '../support/server/chat-client.ts';
import { bearer, jsonPost } from '../support/server/http-calls.ts';
import { slowSteps } from '../support/server/slow-steps.ts';
import { ENDLESS_PROMPT, startTinyServer, type TinyServer } from '../support/server/tiny-server.ts';
import { temporaryFolderForEachTest } from '../support/temporary-folder.ts';

const folder = temporaryFolderForEachTest('key-limits');
let tiny: TinyServer | undefined;
let store: ConversationStore;

afterEach(async () => {
  await tiny?.stop();
  tiny = undefined;
});

const SECRET = Buffer.alloc(32, 3);
const ENDLESS_CHAT = { messages: [{ role: 'user', content: ENDLESS_PROMPT }], temperature: 0 };
const SHORT_CHAT = { ...ENDLESS_CHAT, max_tokens: 2 };

async function start(
  apiKeys: readonly ApiKey[],
  { engine = {}, server = {} }: { engine?: EngineOptions; server?: Partial<ServerOptions> } = {},
): Promise<TinyServer> {
  await tiny?.stop();
  tiny = undefined;
  store = await openSqliteStore(folder());
  tiny = await startTinyServer(engine, { apiKeys, keySecret: SECRET, store, ...server });
  return tiny;
}

const get = (key: string, path: string): Promise<Response> =>
  fetch(tiny!.url + path, { headers: bearer(key) });

const post = (
  key: string,
  body: object,
  path = '/v1/chat/completions',
  signal?: AbortSignal,
): Promise<Response> =>
  fetch(tiny!.url + path, { ...jsonPost(body, bearer(key)), ...(signal && { signal }) });

const openSocket = (key: string): Promise<ChatClient> => ChatClient.open(tiny!.url, { key });

const withClient = <T>(key: string, action: (client: ChatClient) => Promise<T>): Promise<T> =>
  withChatClient(tiny!.url, action, { key });

/** Returns the number of requests in the engine that run or wait. */
const requestsIn = ({ counters }: Engine): number => counters.running + counters.waiting;

const startConversation = (key: string): Promise<string> =>
  withClient(key, async (client) => {
    const { end } = await client.ask('hello', { conversation: 'new', options: { maxTokens: 2 } });
    return end.conversation!;
  });

async function conversationIds(key: string): Promise<string[]> {
  const body = (await (await get(key, '/conversations')).json()) as { conversations: { id: string }[] };
  return body.conversations.map(({ id }) => id);
}

async function expectRejected(response: Response, code: string, message: RegExp): Promise<number> {
  const { error } = (await response.json()) as { error: { code: string; message: string; type: string } };
  expect([response.status, error.code, error.type]).toEqual([429, code, 'rate_limit_error']);
  expect(error.message).toMatch(message);
  return Number(response.headers.get('retry-after'));
}

describe('a key with limits', () => {
  test('may send a limited number of requests per minute over HTTP and the chat socket, independently of other keys', async () => {
    await start([apiKey('few', { limits: { requestsPerMinute: 3 } }), apiKey('many')]);
    expect((await post('few', SHORT_CHAT)).status).toBe(200);
    expect((await post('few', { prompt: 'x' }, '/tokenize')).status).toBe(200);
    await withClient('few', (client) => client.ask('hello', { options: { maxTokens: 2 } }));
    const seconds = await expectRejected(
      await post('few', SHORT_CHAT),
      'rate_limit_exceeded',
      /3 requests per minute/,
    );
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(20);
    await withClient('few', (client) =>
      expect(client.ask('hello', { options: { maxTokens: 2 } })).rejects.toThrow('rate_limit_exceeded'),
    );
    for (const path of ['/v1/models', '/conversations', '/metrics'])
      expect((await get('few', path)).status).toBe(200); // these routes do not count as requests
    for (let i = 0; i < 5; i++) expect((await post('many', SHORT_CHAT)).status).toBe(200);
  });

  test('may use a limited number of tokens per minute in prompts and answers', async () => {
    await start([apiKey('few', { limits: { tokensPerMinute: 40 } })]);
    let used = 0;
    for (let answered = 0; used < 40; answered++) {
      const response = await post('few', { ...SHORT_CHAT, max_tokens: 8 });
      expect([answered, response.status]).toEqual([answered, 200]);
      used += ((await response.json()) as { usage: { total_tokens: number } }).usage.total_tokens;
    }
    await expectRejected(await post('few', SHORT_CHAT), 'rate_limit_exceeded', /40 tokens per minute/);
    await withClient('few', (client) =>
      expect(client.ask('hello', { conversation: 'new' })).rejects.toThrow('rate_limit_exceeded'),
    );
  });

  test('the tokens of embeddings count even if the client disconnects before they are computed', async () => {
    const { engine } = await start([apiKey('few', { limits: { tokensPerMinute: 40 } })], {
      engine: { pooling: 'last', ...slowSteps(5) },
    });
    const controller = new AbortController();
    const input = Array.from({ length: 100 }, (_, i) => `a text with the number ${i}`);
    const request = post('few', { input }, '/v1/embeddings', controller.signal).catch(() => undefined);
    await vi.waitFor(() => expect(requestsIn(engine)).toBeGreaterThan(0));
    controller.abort();
    await request;
    await vi.waitFor(() => expect(requestsIn(engine)).toBe(0));
    await expectRejected(
      await post('few', { input: 'a' }, '/v1/embeddings'),
      'rate_limit_exceeded',
      /40 tokens per minute/,
    );
  });

  test('may run a limited number of answers at the same time; an answer counts until it ends or its client disconnects', async () => {
    const { engine } = await start([apiKey('few', { limits: { parallel: 2 } })], {
      engine: slowSteps(5),
    });
    const controller = new AbortController();
    const runningRequest = post('few', { ...ENDLESS_CHAT, n: 2 }, undefined, controller.signal).catch(
      () => undefined,
    );
    await expect.poll(() => requestsIn(engine), { interval: 1 }).toBe(2);
    await expectRejected(await post('few', SHORT_CHAT), 'busy', /2 running answers of at most 2/);
    const tooMany = await post('few', { ...SHORT_CHAT, n: 3 });
    expect(tooMany.status).toBe(400);
    controller.abort();
    await runningRequest;
    await expect.poll(async () => (await post('few', SHORT_CHAT)).status).toBe(200);
    expect((await post('few', { ...SHORT_CHAT, max_tokens: -2 })).status).toBe(400); // a rejected request does not count
    expect(
      (await post('few', { ...SHORT_CHAT, messages: [{ role: 'user', content: 'long '.repeat(300) }] }))
        .status,
    ).toBe(400);
    expect((await post('few', { ...SHORT_CHAT, n: 2 })).status).toBe(200);
  });

  test('can occupy at most half of the queue', async () => {
    const { engine } = await start([apiKey('first'), apiKey('second')], {
      engine: { maxRunning: 1, maxWaiting: 7, ...slowSteps(5) },
    });
    const controller = new AbortController();
    const send = (): Promise<number> =>
      post('first', ENDLESS_CHAT, undefined, controller.signal).then(
        ({ status }) => status,
        () => 0,
      );
    const statuses = Array.from({ length: 12 }, send);
    await expect.poll(() => requestsIn(engine), { interval: 1 }).toBe(4);
    const otherKeyRequest = post('second', SHORT_CHAT);
    await expect.poll(() => requestsIn(engine), { interval: 1 }).toBe(5);
    controller.abort();
    expect((await Promise.all(statuses)).filter((status) => status === 429)).toHaveLength(8);
    expect((await otherKeyRequest).status).toBe(200);
  });
});

describe('the owner of conversations', () => {
  test('is found by the id that the key had in earlier versions', async () => {
    const formerId = createHash('sha256').update('a-key').digest('hex').slice(0, 16);
    store = await openSqliteStore(folder());
    await store.create(conversationRecord({ id: 'old-one', owner: formerId }));
    await store.create(conversationRecord({ id: 'of-another', owner: 'another' }));
    await store.set(formerId, 'page', { language: 'zh' });
    await store.close();
    await start([apiKey('a-key')]);
    expect(await conversationIds('a-key')).toEqual(['old-one']);
    expect(await (await get('a-key', '/settings/page')).json()).toEqual({ language: 'zh' });
    await start([apiKey('a-key')]);
    expect(await conversationIds('a-key')).toEqual(['old-one']);
  });

  test('is the name of a key, even after the key is replaced or an unnamed key gets a name', async () => {
    await start([apiKey('first')]);
    const id = await startConversation('first');
    await start([apiKey('first', { name: 'ada' })]);
    expect(await conversationIds('first')).toEqual([id]);
    await start([apiKey('second', { name: 'ada' }), apiKey('first', { name: 'bob' })]);
    expect(await conversationIds('second')).toEqual([id]);
    expect(await conversationIds('first')).toEqual([]);
  });

  test('cannot be found with another secret, so the server rejects another secret', async () => {
    await start([apiKey('a-key')]);
    const id = await startConversation('a-key');
    await tiny!.stop();
    tiny = undefined;
    await expect(
      start([apiKey('a-key')], { server: { keySecret: Buffer.alloc(32, 4) } }),
    ).rejects.toMatchObject({
      code: 'key_secret_changed',
    });
    await start([apiKey('a-key')]); // the rejected start has released the data folder
    expect(await conversationIds('a-key')).toEqual([id]);
  });
});

describe('keys of a running server', () => {
  test('change immediately, and the sockets of removed keys are closed', async () => {
    await start([apiKey('first', { name: 'ada' }), apiKey('second')]);
    const id = await startConversation('first');
    const removedClient = await openSocket('second');
    await tiny!.server.setKeys([apiKey('third', { name: 'ada' })]);
    expect((await removedClient.closed).code).toBe(1008);
    expect(
      await Promise.all(['first', 'second', 'third'].map(async (key) => (await get(key, '/version')).status)),
    ).toEqual([401, 401, 200]);
    expect(await conversationIds('third')).toEqual([id]);
  });

  test('keep their running answers and conversations when they get a name', async () => {
    await start([apiKey('first')], { engine: slowSteps(5) });
    const unnamedClient = await openSocket('first');
    unnamedClient.send({ message: 'b', conversation: 'new', options: { temperature: 0, maxTokens: 60 } });
    const { conversation } = await unnamedClient.next('stream');
    await tiny!.server.setKeys([apiKey('first', { name: 'ada' })]);
    await unnamedClient.closed;
    await withClient('first', async (client) => {
      client.send({ conversation, resume: 0 });
      expect(await client.next('resumed')).toMatchObject({ running: true, missed: false });
      expect(await conversationIds('first')).toEqual([conversation]);
      const { title } = await client.next('end');
      expect(title).toBe('b');
      const { end } = await client.ask('c', { conversation, options: { maxTokens: 2 } });
      expect(end.conversation).toBe(conversation);
    });
    const storedConversation = (await (await get('first', `/conversations/${conversation}`)).json()) as {
      messages: { state: string }[];
    };
    expect(storedConversation.messages.map(({ state }) => state)).toEqual(Array(4).fill('complete'));
  });

  test('cannot start a turn after their removal, even if the client does not read the close frame', async () => {
    await start([apiKey('first'), apiKey('second')]);
    const removedClient = await openSocket('second');
    const created = vi.spyOn(store, 'createAll');
    removedClient.socket.pause();
    await tiny!.server.setKeys([apiKey('first')]);
    removedClient.send({ message: 'b', conversation: 'new', options: { maxTokens: 2 } });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(created).not.toHaveBeenCalled();
    removedClient.socket.terminate();
  });

  test('are removed even if the store fails, and the failure is logged', async () => {
    const { server, log } = await start([apiKey('first'), apiKey('second')]);
    const removedClient = await openSocket('second');
    store.setting = () => Promise.reject(new Error('no disk'));
    await server.setKeys([apiKey('first')]);
    expect((await removedClient.closed).code).toBe(1008);
    expect(log.join()).toMatch(/renamed keys: .*no disk/);
    expect((await get('first', '/version')).status).toBe(200);
  });

  test('cannot be replaced by an empty or an invalid list', async () => {
    await start([apiKey('first')]);
    await expect(tiny!.server.setKeys([])).rejects.toMatchObject({ code: 'bad_option' });
    await expect(tiny!.server.setKeys([apiKey('x'), apiKey('x')])).rejects.toMatchObject({
      code: 'bad_option',
    });
    expect((await get('first', '/version')).status).toBe(200);
    expect((await get('x', '/version')).status).toBe(401);
  });
});
