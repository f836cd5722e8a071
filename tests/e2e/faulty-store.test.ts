// A store that throws, rejects or never settles, at each of its calls: the request that needed it fails with an error that
// reveals nothing of the store's own, and the server keeps serving. Vitest fails this file for any unhandled rejection.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ConversationStore } from '../../src/chat/conversation-store.ts';
import { openMemoryStore } from '../../src/chat/storage/open-store.ts';
import { ChatClient } from '../support/server/chat-client.ts';
import { call } from '../support/server/http-calls.ts';
import { startTinyServer, type TinyServer } from '../support/server/tiny-server.ts';

const SECRET = 'duplicate key value: (alice@example.org)';
const MODES = {
  throws: () => {
    throw new Error(SECRET);
  },
  rejects: () => Promise.reject(new Error(SECRET)),
  'never settles': () => new Promise(() => {}),
} as const;
type Mode = keyof typeof MODES;

let tiny: TinyServer;
let chat: ChatClient;
let armed: { readonly call: keyof ConversationStore; readonly mode: Mode } | undefined;
let conversation: string;

beforeAll(async () => {
  const store = await openMemoryStore();
  const faulty = new Proxy(store, {
    get(target, name) {
      if (armed !== undefined && name === armed.call) return MODES[armed.mode];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  tiny = await startTinyServer(
    {},
    { store: faulty, storeLimitMs: 150, storageLimits: { conversations: 1000 } },
  );
  chat = await ChatClient.open(tiny.url);
});
beforeEach(() => {
  armed = undefined;
});
afterAll(async () => {
  armed = { call: 'close', mode: 'never settles' };
  await chat.close();
  await tiny.stop();
});

const ask = (method: string, path: string, body?: unknown) => call(tiny.url, method, path, { body });
const create = () => ask('POST', '/conversations', {});
const exported = async () => (await ask('GET', `/conversations/${conversation}/export`)).json;

test('a conversation is not created when the use of the store cannot be read', async () => {
  for (const mode of Object.keys(MODES) as Mode[]) {
    armed = { call: 'use', mode };
    expect((await create()).status).toBe(mode === 'never settles' ? 503 : 500);
  }
  armed = undefined;
  const { status, json } = await create();
  expect(status).toBe(201);
  conversation = json.id;
});

const CALLS: readonly [keyof ConversationStore, () => ReturnType<typeof ask>][] = [
  ['create', create],
  ['list', () => ask('GET', '/conversations')],
  ['load', () => ask('GET', `/conversations/${crypto.randomUUID()}`)],
  ['update', () => ask('PATCH', `/conversations/${conversation}`, { title: 'x' })],
  ['remove', () => ask('DELETE', `/conversations/${conversation}`)],
  ['setting', () => ask('GET', '/settings/page')],
  ['set', () => ask('PUT', '/settings/page', {})],
];
const EACH = CALLS.flatMap(([call, request]) =>
  (Object.keys(MODES) as Mode[]).map((mode) => ({ call, mode, request })),
);
test.each(EACH)('a request fails alone when $call of its store $mode', async ({ call, mode, request }) => {
  armed = { call, mode };
  const { status, text } = await request();
  expect([status, JSON.parse(text).error.code]).toEqual(
    mode === 'never settles' ? [503, 'storage_busy'] : [500, 'storage_failed'],
  );
  expect(text).not.toContain('alice');
  expect(tiny.log.at(-1)).toContain(mode === 'never settles' ? '0.15 s' : 'alice');
  armed = undefined;
  expect((await ask('GET', '/health')).status).toBe(200);
  expect((await create()).status).toBe(201);
});

test.each(Object.keys(MODES) as Mode[])('an import whose store %s stores nothing', async (mode) => {
  const body = await exported();
  const before = (await ask('GET', '/conversations?limit=200')).json;
  armed = { call: 'createAll', mode };
  const { status, text } = await ask('POST', '/conversations/import', body);
  expect([status, text.includes('alice')]).toEqual([mode === 'never settles' ? 503 : 500, false]);
  armed = undefined;
  expect((await ask('GET', '/conversations?limit=200')).json).toEqual(before);
});

test.each(Object.keys(MODES) as Mode[])(
  'a turn whose store %s ends with an error, or keeps its answer in memory',
  async (mode) => {
    conversation = (await create()).json.id;
    armed = { call: 'beginTurn', mode };
    const turn = { conversation, options: { maxTokens: 3 } };
    await expect(chat.ask('one', turn)).rejects.toThrow(/^storage_/);
    expect(chat.events.at(-1)).toMatchObject({ type: 'error', ended: true });
    expect(JSON.stringify(chat.events)).not.toContain('alice');
    armed = undefined;
    expect((await chat.ask('one', turn)).end.type).toBe('end');
    armed = { call: 'dropTurn', mode };
    expect((await chat.ask('none', { conversation, options: { maxTokens: 0 } })).end.type).toBe('end');
    armed = undefined;
    expect((await chat.ask('one', turn)).end.type).toBe('end');
    armed = { call: 'endTurn', mode };
    const { end, text } = await chat.ask('two', turn);
    expect(end).toMatchObject({ type: 'end', unsaved: { code: expect.stringMatching(/^storage_/) } });
    expect(JSON.stringify(end)).not.toContain('alice');
    expect((await exported()).messages.at(-1).content).toBe(text); // it was shown, so it stays
    armed = undefined;
    const after = await chat.ask('three', turn);
    expect(after.end.type).toBe('end');
    expect(after.end).not.toHaveProperty('unsaved');
  },
);
