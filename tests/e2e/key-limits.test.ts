// What one key may do on a server, whose its conversations are when keys, names or secrets change, and what happens to a key
// that is taken away.

import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ConversationStore } from '../../src/chat/conversation-store.ts';
import { openSqliteStore } from '../../src/chat/storage/open-store.ts';
import type { EngineOptions } from '../../src/engine/engine.ts';
import { type ApiKey, apiKey } from '../../src/server/http/keys/api-key.ts';
import type { ServerOptions } from '../../src/server/start-server.ts';
import { ChatClient } from '../support/server/chat-client.ts';
import { startTinyServer, type TinyServer } from '../support/server/tiny-server.ts';

let folder: string;
let tiny: TinyServer | undefined;
let store: ConversationStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-key-limits-'));
});

afterEach(async () => {
  await tiny?.stop();
  tiny = undefined;
  await rm(folder, { recursive: true, force: true });
});

const SECRET = Buffer.alloc(32, 3);
/** Answered until the context is full. */
const ENDLESS = { messages: [{ role: 'user', content: 'b' }], temperature: 0 };
const SHORT = { ...ENDLESS, max_tokens: 2 };

async function start(
  apiKeys: readonly ApiKey[],
  { engine = {}, server = {} }: { engine?: EngineOptions; server?: Partial<ServerOptions> } = {},
): Promise<TinyServer> {
  await tiny?.stop();
  tiny = undefined;
  store = await openSqliteStore(folder);
  tiny = await startTinyServer(engine, { apiKeys, keySecret: SECRET, store, ...server });
  return tiny;
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

const get = (key: string, path: string): Promise<Response> =>
  fetch(tiny!.url + path, { headers: bearer(key) });

const post = (key: string, body: object, path = '/v1/chat/completions'): Promise<Response> =>
  fetch(tiny!.url + path, {
    method: 'POST',
    headers: { ...bearer(key), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const withClient = async <T>(key: string, work: (client: ChatClient) => Promise<T>): Promise<T> => {
  const client = await ChatClient.open(tiny!.url, undefined, { headers: bearer(key) });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
};

const begin = (key: string): Promise<string> =>
  withClient(key, async (client) => {
    const { end } = await client.ask('hello', { conversation: 'new', options: { maxTokens: 2 } });
    return end.conversation!;
  });

async function conversations(key: string): Promise<string[]> {
  const body = (await (await get(key, '/conversations')).json()) as { conversations: { id: string }[] };
  return body.conversations.map(({ id }) => id);
}

async function expectRefused(response: Response, code: string, what: RegExp): Promise<number> {
  const { error } = (await response.json()) as { error: { code: string; message: string; type: string } };
  expect([response.status, error.code, error.type]).toEqual([429, code, 'rate_limit_error']);
  expect(error.message).toMatch(what);
  return Number(response.headers.get('retry-after'));
}

describe('limits of a key', () => {
  test('requests a minute, of HTTP and of the socket together, and not those of others', async () => {
    await start([apiKey('few', { limits: { requestsPerMinute: 3 } }), apiKey('many')]);
    expect((await post('few', SHORT)).status).toBe(200);
    expect((await post('few', { prompt: 'x' }, '/tokenize')).status).toBe(200);
    await withClient('few', (client) => client.ask('hello', { options: { maxTokens: 2 } }));
    const seconds = await expectRefused(
      await post('few', SHORT),
      'rate_limit_exceeded',
      /3 requests a minute/,
    );
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(20);
    await withClient('few', (client) =>
      expect(client.ask('hello', { options: { maxTokens: 2 } })).rejects.toThrow('rate_limit_exceeded'),
    );
    for (const path of ['/v1/models', '/conversations', '/metrics'])
      expect((await get('few', path)).status).toBe(200); // they compute nothing
    for (let i = 0; i < 5; i++) expect((await post('many', SHORT)).status).toBe(200);
  });

  test('tokens a minute, of prompts and answers', async () => {
    await start([apiKey('few', { limits: { tokensPerMinute: 40 } })]);
    let used = 0;
    for (let answered = 0; used < 40; answered++) {
      const response = await post('few', { ...SHORT, max_tokens: 8 });
      expect([answered, response.status]).toEqual([answered, 200]);
      used += ((await response.json()) as { usage: { total_tokens: number } }).usage.total_tokens;
    }
    await expectRefused(await post('few', SHORT), 'rate_limit_exceeded', /40 tokens a minute/);
    await withClient('few', (client) =>
      expect(client.ask('hello', { conversation: 'new' })).rejects.toThrow('rate_limit_exceeded'),
    );
  });

  test('answers at once, until they end or their client goes', async () => {
    const { engine } = await start([apiKey('few', { limits: { parallel: 2 } })], {
      engine: { stepTokens: 1, onStep: pause(5) },
    });
    const controller = new AbortController();
    const running = fetch(`${tiny!.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { ...bearer('few'), 'content-type': 'application/json' },
      body: JSON.stringify({ ...ENDLESS, n: 2 }),
      signal: controller.signal,
    }).catch(() => undefined);
    await expect.poll(() => engine.counters.running + engine.counters.waiting, { interval: 1 }).toBe(2);
    await expectRefused(await post('few', SHORT), 'busy', /2 answers under way, and may have 2/);
    const tooMany = await post('few', { ...SHORT, n: 3 });
    expect(tooMany.status).toBe(400);
    controller.abort();
    await running;
    await expect.poll(async () => (await post('few', SHORT)).status).toBe(200);
    expect((await post('few', { ...SHORT, max_tokens: -2 })).status).toBe(400); // leaves nothing behind
    expect(
      (await post('few', { ...SHORT, messages: [{ role: 'user', content: 'long '.repeat(300) }] })).status,
    ).toBe(400);
    expect((await post('few', { ...SHORT, n: 2 })).status).toBe(200);
  });

  test('one key does not fill the queue of all', async () => {
    const { engine } = await start([apiKey('greedy'), apiKey('modest')], {
      engine: { maxRunning: 1, maxWaiting: 7, stepTokens: 1, onStep: pause(5) },
    });
    const controller = new AbortController();
    const ask = (): Promise<number> =>
      fetch(`${tiny!.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { ...bearer('greedy'), 'content-type': 'application/json' },
        body: JSON.stringify(ENDLESS),
        signal: controller.signal,
      }).then(
        ({ status }) => status,
        () => 0,
      );
    const all = Array.from({ length: 12 }, ask);
    await expect.poll(() => engine.counters.running + engine.counters.waiting, { interval: 1 }).toBe(4);
    const modest = fetch(`${tiny!.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { ...bearer('modest'), 'content-type': 'application/json' },
      body: JSON.stringify(SHORT),
    });
    await expect.poll(() => engine.counters.running + engine.counters.waiting, { interval: 1 }).toBe(5);
    controller.abort();
    expect((await Promise.all(all)).filter((status) => status === 429)).toHaveLength(8);
    expect((await modest).status).toBe(200);
  });
});

/** Makes each step take so long. */
function pause(ms: number): () => void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  return () => {
    Atomics.wait(cell, 0, 0, ms);
  };
}

describe('whose conversations are', () => {
  test('what was stored under the id that keys had before is found', async () => {
    const old = createHash('sha256').update('a-key').digest('hex').slice(0, 16);
    store = await openSqliteStore(folder);
    const record = {
      id: 'old-one',
      title: 'Old',
      system: undefined,
      templateOptions: {},
      policy: { kind: 'error' },
      sampling: {},
      head: undefined,
      createdAt: 1,
      updatedAt: 2,
    } as const;
    await store.create({ ...record, owner: old });
    await store.create({ ...record, id: 'of-another', owner: 'another' });
    await store.set(old, 'page', { language: 'zh' });
    await store.close();
    await start([apiKey('a-key')]);
    expect(await conversations('a-key')).toEqual(['old-one']);
    expect(await (await get('a-key', '/settings/page')).json()).toEqual({ language: 'zh' });
    await start([apiKey('a-key')]);
    expect(await conversations('a-key')).toEqual(['old-one']);
  });

  test('a named key keeps its own when it is changed, and when it first gets its name', async () => {
    await start([apiKey('first')]);
    const id = await begin('first');
    await start([apiKey('first', { name: 'ada' })]);
    expect(await conversations('first')).toEqual([id]);
    await start([apiKey('second', { name: 'ada' }), apiKey('first', { name: 'bob' })]);
    expect(await conversations('second')).toEqual([id]);
    expect(await conversations('first')).toEqual([]);
  });

  test('another secret is refused, because nobody would find anything under it', async () => {
    await start([apiKey('a-key')]);
    const id = await begin('a-key');
    await tiny!.stop();
    tiny = undefined;
    await expect(
      start([apiKey('a-key')], { server: { keySecret: Buffer.alloc(32, 4) } }),
    ).rejects.toMatchObject({
      code: 'key_secret_changed',
    });
    await start([apiKey('a-key')]); // the folder was given back
    expect(await conversations('a-key')).toEqual([id]);
  });
});

describe('keys of a server that runs', () => {
  test('are changed at once; sockets of a key that is none any more are closed', async () => {
    await start([apiKey('first', { name: 'ada' }), apiKey('second')]);
    const id = await begin('first');
    const gone = await ChatClient.open(tiny!.url, undefined, { headers: bearer('second') });
    await tiny!.server.setKeys([apiKey('third', { name: 'ada' })]);
    expect((await gone.closed).code).toBe(1008);
    expect(
      await Promise.all(['first', 'second', 'third'].map(async (key) => (await get(key, '/version')).status)),
    ).toEqual([401, 401, 200]);
    expect(await conversations('third')).toEqual([id]);
  });

  test('a key that gets a name keeps the answer that is being written, and the conversation is one', async () => {
    await start([apiKey('first')], { engine: { stepTokens: 1, onStep: pause(5) } });
    const before = await ChatClient.open(tiny!.url, undefined, { headers: bearer('first') });
    before.send({ message: 'b', conversation: 'new', options: { temperature: 0, maxTokens: 60 } });
    const { conversation } = await before.next('stream');
    await tiny!.server.setKeys([apiKey('first', { name: 'ada' })]);
    await before.closed;
    await withClient('first', async (client) => {
      client.send({ conversation, resume: 0 });
      expect(await client.next('resumed')).toMatchObject({ running: true, missed: false });
      expect(await conversations('first')).toEqual([conversation]);
      const { title } = await client.next('end');
      expect(title).toBe('b');
      const { end } = await client.ask('c', { conversation, options: { maxTokens: 2 } });
      expect(end.conversation).toBe(conversation);
    });
    const read = (await (await get('first', `/conversations/${conversation}`)).json()) as {
      messages: { state: string }[];
    };
    expect(read.messages.map(({ state }) => state)).toEqual(Array(4).fill('complete'));
  });

  test('that are gone begin nothing more, though their client does not hear of it', async () => {
    await start([apiKey('first'), apiKey('second')]);
    const deaf = await ChatClient.open(tiny!.url, undefined, { headers: bearer('second') });
    const created = vi.spyOn(store, 'createAll');
    deaf.socket.pause();
    await tiny!.server.setKeys([apiKey('first')]);
    deaf.send({ message: 'b', conversation: 'new', options: { maxTokens: 2 } });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(created).not.toHaveBeenCalled();
    deaf.socket.terminate();
  });

  test('that are gone are closed though the store fails, which the log says', async () => {
    const { server, log } = await start([apiKey('first'), apiKey('second')]);
    const gone = await ChatClient.open(tiny!.url, undefined, { headers: bearer('second') });
    store.setting = () => Promise.reject(new Error('no disk'));
    await server.setKeys([apiKey('first')]);
    expect((await gone.closed).code).toBe(1008);
    expect(log.join()).toMatch(/keys with new names .*no disk/);
    expect((await get('first', '/version')).status).toBe(200);
  });

  test('never become none, nor what the server could not start with', async () => {
    await start([apiKey('first')]);
    await expect(tiny!.server.setKeys([])).rejects.toMatchObject({ code: 'bad_option' });
    await expect(tiny!.server.setKeys([apiKey('x'), apiKey('x')])).rejects.toMatchObject({
      code: 'bad_option',
    });
    expect((await get('first', '/version')).status).toBe(200);
    expect((await get('x', '/version')).status).toBe(401);
  });
});
