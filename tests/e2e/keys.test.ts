// Two keys on one server: neither finds the other's text in the cache, nor any of its conversations, whatever it asks
// for; and the ways in which a key comes to the server, over HTTP and over the socket.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSqliteStore } from '../../src/chat/storage/open-store.ts';
import type { ServerOptions } from '../../src/server/start-server.ts';
import { ChatClient, type ClientOptions } from '../support/server/chat-client.ts';
import { startTinyServer, type TinyServer } from '../support/server/tiny-server.ts';

const ALICE = 'alice-key';
const BOB = 'bob-key~with/odd+signs';
const ALLOWED = 'https://chat.example';
const GREEDY = { temperature: 0, maxTokens: 6 };
const LONG = { temperature: 0, maxTokens: 90 };
/** Answered until the context is full. */
const ENDLESS = 'b';
const SECRET = 'a secret that is long enough for a block or two';

let folder: string;
let tiny: TinyServer;

const start = async (): Promise<void> => {
  const store = await openSqliteStore(folder);
  tiny = await startTinyServer({ stepTokens: 4 }, { store, ...serving() });
};

const serving = (): Partial<ServerOptions> => ({
  apiKeys: [ALICE, BOB],
  keySecret: Buffer.alloc(32, 1),
  allowedOrigins: [ALLOWED],
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-keys-'));
  await start();
});

afterAll(async () => {
  await tiny.stop();
  await rm(folder, { recursive: true, force: true });
});

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const keyProtocol = (key: string): string => `quire.key.${Buffer.from(key).toString('base64url')}`;

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: {
    readonly id: string;
    readonly title: string;
    readonly head: string;
    readonly messages: readonly { readonly id: string; readonly content: string }[];
    readonly conversations: readonly { readonly id: string }[];
    readonly error: { readonly code: string };
    readonly usage: { readonly prompt_tokens_details: { readonly cached_tokens: number } };
  };
}

async function http(key: string | undefined, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(tiny.url + path, {
    method,
    headers: {
      ...(key === undefined ? {} : bearer(key)),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  // Looked into without checking: an expectation fails where it is something else.
  const json = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : undefined;
  return { status: response.status, text, json };
}

async function withClient<T>(key: string, body: (client: ChatClient) => Promise<T>): Promise<T> {
  const client = await ChatClient.open(tiny.url, undefined, { headers: bearer(key) });
  try {
    return await body(client);
  } finally {
    await client.close();
  }
}

async function begin(key: string, message: string): Promise<string> {
  return withClient(key, async (client) => {
    const { end } = await client.ask(message, { conversation: 'new', options: GREEDY });
    return end.conversation!;
  });
}

const cachedOverSocket = (key: string, message: string): Promise<number> =>
  withClient(key, async (client) => {
    const { usage } = (await client.ask(message, { options: GREEDY })).end;
    return usage!.cachedTokens;
  });

async function cachedOverHttp(key: string, content: string): Promise<number> {
  const { json } = await http(key, 'POST', '/v1/chat/completions', {
    messages: [{ role: 'user', content }],
    max_tokens: 2,
  });
  return json.usage.prompt_tokens_details.cached_tokens;
}

describe('the cache', () => {
  test('what one key has computed, another computes again, over socket and HTTP and across them', async () => {
    expect(await cachedOverSocket(ALICE, SECRET)).toBe(0);
    expect(await cachedOverSocket(ALICE, SECRET)).toBeGreaterThan(0);
    expect(await cachedOverHttp(ALICE, SECRET)).toBeGreaterThan(0); // so HTTP would find it
    expect(await cachedOverHttp(BOB, SECRET)).toBe(0);
    expect(await cachedOverHttp(BOB, SECRET)).toBeGreaterThan(0);
    const another = `${SECRET}, and another`;
    expect(await cachedOverHttp(ALICE, another)).toBeGreaterThan(0); // the beginning
    expect(await cachedOverSocket(ALICE, another)).toBeGreaterThan(0);
  });

  test('a salt of the request does not lead to the text of another key', async () => {
    const asked = {
      messages: [{ role: 'user', content: `salted ${SECRET}` }],
      max_tokens: 2,
      cache_salt: 's',
    };
    const cached = async (key: string): Promise<number> =>
      (await http(key, 'POST', '/v1/chat/completions', asked)).json.usage.prompt_tokens_details.cached_tokens;
    expect(await cached(ALICE)).toBe(0);
    expect(await cached(BOB)).toBe(0);
    expect(await cached(ALICE)).toBeGreaterThan(0);
  });
});

describe('the conversations of another key', () => {
  test('are in no list, and not found by any word of them', async () => {
    const id = await begin(ALICE, 'zebra in the kitchen');
    for (const query of ['', '?search=zebra', '?limit=200', `?search=${id}`]) {
      const { json } = await http(BOB, 'GET', `/conversations${query}`);
      expect(json.conversations.map((one) => one.id)).not.toContain(id);
    }
    expect((await http(BOB, 'GET', '/conversations?search=zebra')).json.conversations).toEqual([]);
    const own = await http(ALICE, 'GET', '/conversations?search=zebra');
    expect(own.json.conversations.map((one) => one.id)).toEqual([id]);
  });

  test.each([
    ['read', 'GET', '', undefined],
    ['renamed', 'PATCH', '', { title: 'Mine now' }],
    ['turned', 'PATCH', '', { head: 'HEAD' }],
    ['forked', 'POST', '/fork', undefined],
    ['forked at a message', 'POST', '/fork', { message: 'HEAD' }],
    ['exported', 'GET', '/export', undefined],
    ['exported to read', 'GET', '/export?format=markdown', undefined],
    ['deleted', 'DELETE', '', undefined],
  ])('cannot be %s, and look as if they were not there', async (_name, method, path, body) => {
    const id = await begin(ALICE, 'hello');
    const before = await http(ALICE, 'GET', `/conversations/${id}`);
    expect(before.json.messages).toHaveLength(2);
    const sent = body && JSON.parse(JSON.stringify(body).replace('HEAD', before.json.head));
    const refused = await http(BOB, method, `/conversations/${id}${path}`, sent);
    const nobody = await http(BOB, method, `/conversations/${id.replace(/./g, '0')}${path}`, sent);
    expect([refused.status, refused.json.error.code]).toEqual([404, 'not_found']);
    expect(refused.text.replace(id, '')).toBe(nobody.text.replace(id.replace(/./g, '0'), ''));
    expect((await http(ALICE, 'GET', `/conversations/${id}`)).json).toEqual(before.json);
  });

  test.each([
    ['continued', (id: string) => ({ message: 'hi', conversation: id })],
    ['regenerated', (id: string) => ({ conversation: id, regenerate: true })],
    ['edited', (id: string, head: string) => ({ message: 'hi', conversation: id, edit: head })],
  ])('cannot be %s over the socket', async (_name, frame) => {
    const id = await begin(ALICE, 'hello');
    const before = await http(ALICE, 'GET', `/conversations/${id}`);
    await withClient(BOB, async (client) => {
      client.send(frame(id, before.json.messages[0]!.id));
      await expect(client.next('end')).rejects.toThrow('not_found');
      expect(client.events).toHaveLength(1);
    });
    expect((await http(ALICE, 'GET', `/conversations/${id}`)).json).toEqual(before.json);
  });

  test('cannot be resumed or cancelled while their answer runs', () =>
    withClient(ALICE, async (alice) => {
      alice.send({ message: ENDLESS, conversation: 'new', options: LONG });
      const { conversation } = await alice.next('stream');
      await withClient(BOB, async (bob) => {
        bob.send({ conversation, cancel: true });
        bob.send({ conversation, resume: 0 });
        const resumed = await bob.next('resumed');
        expect(resumed).toMatchObject({ running: false });
        bob.send({ message: 'x', conversation });
        await expect(bob.next('end')).rejects.toThrow('not_found');
        expect((await alice.next('end')).finishReason).not.toBe('cancelled');
        expect(bob.events.map(({ type }) => type)).toEqual(['resumed', 'error']);
        bob.send({ conversation, resume: 1, turn: 'none' });
        await bob.next('resumed');
        await bob.ask('own', { options: GREEDY });
        expect(bob.events.filter((event) => 'conversation' in event && event.type === 'stream')).toEqual(
          bob.events.filter((event) => event.type === 'stream' && event.conversation !== conversation),
        );
      });
    }));

  test('stay with their key when somebody else asks first after a restart', async () => {
    const id = await begin(ALICE, 'remember me');
    await tiny.stop();
    await start();
    // At the same time, so that the stranger's question is under way when the owner's comes.
    const [strange, own] = await Promise.all([
      http(BOB, 'GET', `/conversations/${id}`),
      http(ALICE, 'GET', `/conversations/${id}`),
    ]);
    expect([strange.status, own.status]).toEqual([404, 200]);
    const continued = await withClient(ALICE, (client) =>
      client.ask('and on', { conversation: id, options: GREEDY }),
    );
    expect(continued.end.conversation).toBe(id);
  });

  test('settings of the page are each key’s own', async () => {
    await http(ALICE, 'PUT', '/settings/page', { language: 'zh' });
    expect((await http(BOB, 'GET', '/settings/page')).json).toEqual({});
    await http(BOB, 'PUT', '/settings/page', { language: 'en' });
    expect((await http(ALICE, 'GET', '/settings/page')).json).toEqual({ language: 'zh' });
  });
});

describe('who is let in', () => {
  const ROUTES: readonly [method: string, path: string, body?: object][] = [
    ['GET', '/conversations'],
    ['POST', '/conversations', {}],
    ['GET', '/conversations/x'],
    ['PATCH', '/conversations/x', { title: 'x' }],
    ['DELETE', '/conversations/x'],
    ['POST', '/conversations/x/fork'],
    ['GET', '/conversations/x/export'],
    ['GET', '/settings/page'],
    ['PUT', '/settings/page', {}],
    ['POST', '/v1/chat/completions', { messages: [{ role: 'user', content: 'x' }] }],
    ['POST', '/v1/completions', { prompt: 'x' }],
    ['POST', '/tokenize', { prompt: 'x' }],
  ];

  test.each(ROUTES)('%s %s without a key, or with a wrong one, is 401', async (method, path, body) => {
    for (const key of [undefined, 'wrong', `${ALICE}x`, ALICE.slice(0, -1), ALICE.toUpperCase()]) {
      const refused = await http(key, method, path, body);
      expect([refused.status, refused.json.error.code]).toEqual([401, 'unauthorized']);
    }
    expect((await http(ALICE, method, path, body)).status).not.toBe(401);
  });

  test.each<[string, ClientOptions]>([
    ['no key', {}],
    ['a wrong key', { headers: bearer('wrong') }],
    ['the plain subprotocol only', { protocols: ['quire'] }],
    ['a wrong key as subprotocol', { protocols: ['quire', keyProtocol('wrong')] }],
    ['an empty key as subprotocol', { protocols: ['quire', 'quire.key.'] }],
    ['the key as it is', { protocols: ['quire', `quire.key.${ALICE}`] }],
    [
      'a wrong header beside a good subprotocol',
      {
        headers: bearer('wrong'),
        protocols: ['quire', keyProtocol(ALICE)],
      },
    ],
  ])('%s opens no socket', async (_name, options) => {
    await expect(ChatClient.open(tiny.url, undefined, options)).rejects.toThrow('401');
  });

  test('a key in the address opens nothing', async () => {
    for (const name of ['key', 'api_key', 'token', 'access_token'])
      expect((await fetch(`${tiny.url}/conversations?${name}=${ALICE}`)).status).toBe(401);
  });

  test.each([ALICE, BOB])('the key %s as subprotocol does, and the server answers quire', async (key) => {
    const client = await ChatClient.open(tiny.url, undefined, { protocols: ['quire', keyProtocol(key)] });
    expect(client.socket.protocol).toBe('quire');
    const { end } = await client.ask('hello there', { conversation: 'new', options: GREEDY });
    await client.close();
    const { json } = await http(key, 'GET', `/conversations/${end.conversation}`);
    expect(json.messages).toHaveLength(2); // so it was this key's
  });

  test('pages of foreign origins open no socket with a good key, allowed ones do, but not without', async () => {
    const good = { protocols: ['quire', keyProtocol(ALICE)] };
    for (const origin of ['https://evil.example', 'null', `${ALLOWED}.evil.example`, 'http://chat.example'])
      await expect(ChatClient.open(tiny.url, origin, good)).rejects.toThrow('403');
    await expect(ChatClient.open(tiny.url, ALLOWED)).rejects.toThrow('401');
    for (const origin of [ALLOWED, tiny.url]) {
      const client = await ChatClient.open(tiny.url, origin, good);
      await client.ask('hello', { options: GREEDY });
      await client.close();
    }
  });
});

test('with a shared cache the text is found under another key, and the conversations are not', async () => {
  const before = tiny;
  tiny = await startTinyServer({ stepTokens: 4 }, { ...serving(), shareCache: true });
  try {
    expect(await cachedOverSocket(ALICE, SECRET)).toBe(0);
    expect(await cachedOverSocket(BOB, SECRET)).toBeGreaterThan(0);
    expect(await cachedOverHttp(BOB, SECRET)).toBeGreaterThan(0);
    const id = await begin(ALICE, 'zebra');
    expect((await http(ALICE, 'GET', `/conversations/${id}`)).status).toBe(200);
    expect((await http(BOB, 'GET', `/conversations/${id}`)).status).toBe(404);
    expect((await http(BOB, 'GET', '/conversations?search=zebra')).json.conversations).toEqual([]);
  } finally {
    await tiny.stop();
    tiny = before;
  }
});
