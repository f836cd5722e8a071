// Two API keys on one server: a key has no access to the cached text and the conversations of the other key. Also tests how HTTP
// requests and sockets send a key.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSqliteStore } from '../../src/chat/storage/open-store.ts';
import type { ServerOptions } from '../../src/server/start-server.ts';
import { ChatClient, type ClientOptions, withChatClient } from '../support/server/chat-client.ts';
import { call } from '../support/server/http-calls.ts';
import { ENDLESS_PROMPT, startTinyServer, type TinyServer } from '../support/server/tiny-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ALICE = 'alice-key';
const BOB = 'bob-key~with/odd+signs';
const ALLOWED = 'https://chat.example';
const GREEDY = { temperature: 0, maxTokens: 6 };
const LONG = { temperature: 0, maxTokens: 90 };
const SECRET = 'a secret that is long enough for a block or two';

const folder = temporaryFolder('keys');
let tiny: TinyServer;

const start = async (): Promise<void> => {
  const store = await openSqliteStore(folder);
  tiny = await startTinyServer({ stepTokens: 4 }, { store, ...serverOptions() });
};

const serverOptions = (): Partial<ServerOptions> => ({
  apiKeys: [ALICE, BOB],
  keySecret: Buffer.alloc(32, 1),
  allowedOrigins: [ALLOWED],
});

beforeAll(start);
afterAll(() => tiny.stop());

const keySubprotocol = (key: string): string => `quire.key.${Buffer.from(key).toString('base64url')}`;

const http = (key: string | undefined, method: string, path: string, body?: unknown) =>
  call(tiny.url, method, path, { body, key });

const withClient = <T>(key: string, action: (client: ChatClient) => Promise<T>): Promise<T> =>
  withChatClient(tiny.url, action, { key });

async function startConversation(key: string, message: string): Promise<string> {
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

describe('the prefix cache', () => {
  test('of one key is not used for another key, over the socket and over HTTP', async () => {
    expect(await cachedOverSocket(ALICE, SECRET)).toBe(0);
    expect(await cachedOverSocket(ALICE, SECRET)).toBeGreaterThan(0);
    expect(await cachedOverHttp(ALICE, SECRET)).toBeGreaterThan(0); // HTTP and the chat socket share the cache of a key
    expect(await cachedOverHttp(BOB, SECRET)).toBe(0);
    expect(await cachedOverHttp(BOB, SECRET)).toBeGreaterThan(0);
    const longerText = `${SECRET}, and another`;
    expect(await cachedOverHttp(ALICE, longerText)).toBeGreaterThan(0); // the common prefix
    expect(await cachedOverSocket(ALICE, longerText)).toBeGreaterThan(0);
  });

  test('of one key is not used for another key with the same cache_salt', async () => {
    const body = {
      messages: [{ role: 'user', content: `salted ${SECRET}` }],
      max_tokens: 2,
      cache_salt: 's',
    };
    const cached = async (key: string): Promise<number> =>
      (await http(key, 'POST', '/v1/chat/completions', body)).json.usage.prompt_tokens_details.cached_tokens;
    expect(await cached(ALICE)).toBe(0);
    expect(await cached(BOB)).toBe(0);
    expect(await cached(ALICE)).toBeGreaterThan(0);
  });
});

describe('the conversations of another key', () => {
  test('are not listed and not found by a search', async () => {
    const id = await startConversation(ALICE, 'zebra in the kitchen');
    for (const query of ['', '?search=zebra', '?limit=200', `?search=${id}`]) {
      const { json } = await http(BOB, 'GET', `/conversations${query}`);
      expect(json.conversations.map(({ id: listed }: { id: string }) => listed)).not.toContain(id);
    }
    expect((await http(BOB, 'GET', '/conversations?search=zebra')).json.conversations).toEqual([]);
    const ownResponse = await http(ALICE, 'GET', '/conversations?search=zebra');
    expect(ownResponse.json.conversations.map(({ id: listed }: { id: string }) => listed)).toEqual([id]);
  });

  test.each([
    ['read', 'GET', '', undefined],
    ['renamed', 'PATCH', '', { title: 'Mine now' }],
    ['moved to another head', 'PATCH', '', { head: 'HEAD' }],
    ['forked', 'POST', '/fork', undefined],
    ['forked at a message', 'POST', '/fork', { message: 'HEAD' }],
    ['exported', 'GET', '/export', undefined],
    ['exported as Markdown', 'GET', '/export?format=markdown', undefined],
    ['deleted', 'DELETE', '', undefined],
  ])(
    'cannot be %s: the error is the same as for an unknown conversation',
    async (_name, method, path, body) => {
      const id = await startConversation(ALICE, 'hello');
      const before = await http(ALICE, 'GET', `/conversations/${id}`);
      expect(before.json.messages).toHaveLength(2);
      const sent = body && JSON.parse(JSON.stringify(body).replace('HEAD', before.json.head));
      const rejectedResponse = await http(BOB, method, `/conversations/${id}${path}`, sent);
      const unknown = await http(BOB, method, `/conversations/${id.replace(/./g, '0')}${path}`, sent);
      expect([rejectedResponse.status, rejectedResponse.json.error.code]).toEqual([404, 'not_found']);
      expect(rejectedResponse.text.replace(id, '')).toBe(unknown.text.replace(id.replace(/./g, '0'), ''));
      expect((await http(ALICE, 'GET', `/conversations/${id}`)).json).toEqual(before.json);
    },
  );

  test.each([
    ['continued', (id: string) => ({ message: 'hi', conversation: id })],
    ['regenerated', (id: string) => ({ conversation: id, regenerate: true })],
    ['edited', (id: string, head: string) => ({ message: 'hi', conversation: id, edit: head })],
  ])('cannot be %s over the socket', async (_name, frame) => {
    const id = await startConversation(ALICE, 'hello');
    const before = await http(ALICE, 'GET', `/conversations/${id}`);
    await withClient(BOB, async (client) => {
      client.send(frame(id, before.json.messages[0]!.id));
      await expect(client.next('end')).rejects.toThrow('not_found');
      expect(client.events).toHaveLength(1);
    });
    expect((await http(ALICE, 'GET', `/conversations/${id}`)).json).toEqual(before.json);
  });

  test('cannot be resumed or cancelled during an answer', () =>
    withClient(ALICE, async (alice) => {
      alice.send({ message: ENDLESS_PROMPT, conversation: 'new', options: LONG });
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

  test('remain accessible only to their key, even if another key requests the conversations first after a restart', async () => {
    const id = await startConversation(ALICE, 'remember me');
    await tiny.stop();
    await start();
    // The requests run at the same time, so that the request of the other key is in progress when that of the owner arrives.
    const [other, own] = await Promise.all([
      http(BOB, 'GET', `/conversations/${id}`),
      http(ALICE, 'GET', `/conversations/${id}`),
    ]);
    expect([other.status, own.status]).toEqual([404, 200]);
    const continued = await withClient(ALICE, (client) =>
      client.ask('and on', { conversation: id, options: GREEDY }),
    );
    expect(continued.end.conversation).toBe(id);
  });

  test('have separate page settings', async () => {
    await http(ALICE, 'PUT', '/settings/page', { language: 'zh' });
    expect((await http(BOB, 'GET', '/settings/page')).json).toEqual({});
    await http(BOB, 'PUT', '/settings/page', { language: 'en' });
    expect((await http(ALICE, 'GET', '/settings/page')).json).toEqual({ language: 'zh' });
  });
});

describe('authentication', () => {
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

  test.each(ROUTES)(
    '%s %s without a key or with an invalid key is rejected with 401',
    async (method, path, body) => {
      for (const key of [undefined, 'wrong', `${ALICE}x`, ALICE.slice(0, -1), ALICE.toUpperCase()]) {
        const rejectedResponse = await http(key, method, path, body);
        expect([rejectedResponse.status, rejectedResponse.json.error.code]).toEqual([401, 'unauthorized']);
      }
      expect((await http(ALICE, method, path, body)).status).not.toBe(401);
    },
  );

  test.each<[string, ClientOptions]>([
    ['no key', {}],
    ['a wrong key', { key: 'wrong' }],
    ['only the subprotocol quire', { protocols: ['quire'] }],
    ['a wrong key as subprotocol', { protocols: ['quire', keySubprotocol('wrong')] }],
    ['an empty key as subprotocol', { protocols: ['quire', 'quire.key.'] }],
    ['the key without encoding', { protocols: ['quire', `quire.key.${ALICE}`] }],
    [
      'a wrong header and a valid subprotocol',
      {
        key: 'wrong',
        protocols: ['quire', keySubprotocol(ALICE)],
      },
    ],
  ])('a handshake with %s is rejected', async (_name, options) => {
    await expect(ChatClient.open(tiny.url, options)).rejects.toThrow('401');
  });

  test('a key in the query of a URL is ignored', async () => {
    for (const name of ['key', 'api_key', 'token', 'access_token'])
      expect((await fetch(`${tiny.url}/conversations?${name}=${ALICE}`)).status).toBe(401);
  });

  test.each([ALICE, BOB])(
    'a handshake with the key %s as subprotocol opens a socket with the subprotocol quire',
    async (key) => {
      const client = await ChatClient.open(tiny.url, { protocols: ['quire', keySubprotocol(key)] });
      expect(client.socket.protocol).toBe('quire');
      const { end } = await client.ask('hello there', { conversation: 'new', options: GREEDY });
      await client.close();
      const { json } = await http(key, 'GET', `/conversations/${end.conversation}`);
      expect(json.messages).toHaveLength(2); // stored under this key
    },
  );

  test('a valid key opens a socket for pages of allowed origins only', async () => {
    const validKey = { protocols: ['quire', keySubprotocol(ALICE)] };
    for (const origin of ['https://evil.example', 'null', `${ALLOWED}.evil.example`, 'http://chat.example'])
      await expect(ChatClient.open(tiny.url, { origin, ...validKey })).rejects.toThrow('403');
    await expect(ChatClient.open(tiny.url, { origin: ALLOWED })).rejects.toThrow('401');
    for (const origin of [ALLOWED, tiny.url]) {
      const client = await ChatClient.open(tiny.url, { origin, ...validKey });
      await client.ask('hello', { options: GREEDY });
      await client.close();
    }
  });
});

test('with a shared cache, cached text is used for other keys, but conversations stay separate', async () => {
  const before = tiny;
  tiny = await startTinyServer({ stepTokens: 4 }, { ...serverOptions(), shareCache: true });
  try {
    expect(await cachedOverSocket(ALICE, SECRET)).toBe(0);
    expect(await cachedOverSocket(BOB, SECRET)).toBeGreaterThan(0);
    expect(await cachedOverHttp(BOB, SECRET)).toBeGreaterThan(0);
    const id = await startConversation(ALICE, 'zebra');
    expect((await http(ALICE, 'GET', `/conversations/${id}`)).status).toBe(200);
    expect((await http(BOB, 'GET', `/conversations/${id}`)).status).toBe(404);
    expect((await http(BOB, 'GET', '/conversations?search=zebra')).json.conversations).toEqual([]);
  } finally {
    await tiny.stop();
    tiny = before;
  }
});
