// Each method of the store throws, rejects or never settles. The request that calls the method fails with an error that does not
// contain the message of the store, and the server continues to serve. Vitest fails this file for any unhandled rejection.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ConversationStore } from '../../src/chat/conversation-store.ts';
import { openMemoryStore } from '../../src/chat/storage/open-store.ts';
import { ChatClient } from '../support/server/chat-client.ts';
import { call } from '../support/server/http-calls.ts';
import { startTinyServer, type TinyServer } from '../support/server/tiny-server.ts';

const SECRET_MESSAGE = 'duplicate key value: (alice@example.org)';
const FAULTS = {
  throws: () => {
    throw new Error(SECRET_MESSAGE);
  },
  rejects: () => Promise.reject(new Error(SECRET_MESSAGE)),
  'never settles': () => new Promise(() => {}),
} as const;
type FaultMode = keyof typeof FAULTS;

let tiny: TinyServer;
let chat: ChatClient;
let activeFault: { readonly call: keyof ConversationStore; readonly mode: FaultMode } | undefined;
let conversation: string;

beforeAll(async () => {
  const store = await openMemoryStore();
  const faulty = new Proxy(store, {
    get(target, name) {
      if (activeFault !== undefined && name === activeFault.call) return FAULTS[activeFault.mode];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  tiny = await startTinyServer(
    {},
    { store: faulty, storeLimitMs: 600, storageLimits: { conversations: 1000 } },
  );
  chat = await ChatClient.open(tiny.url);
});
beforeEach(() => {
  activeFault = undefined;
});
afterAll(async () => {
  activeFault = { call: 'close', mode: 'never settles' };
  await chat.close();
  await tiny.stop();
});

const request = (method: string, path: string, body?: unknown) => call(tiny.url, method, path, { body });
const createConversation = () => request('POST', '/conversations', {});
const exportConversation = async () => (await request('GET', `/conversations/${conversation}/export`)).json;

test('a conversation is not created if the storage use cannot be read', async () => {
  for (const mode of Object.keys(FAULTS) as FaultMode[]) {
    activeFault = { call: 'use', mode };
    expect((await createConversation()).status).toBe(mode === 'never settles' ? 503 : 500);
  }
  activeFault = undefined;
  const { status, json } = await createConversation();
  expect(status).toBe(201);
  conversation = json.id;
});

const REQUESTS: readonly [keyof ConversationStore, () => ReturnType<typeof request>][] = [
  ['create', createConversation],
  ['list', () => request('GET', '/conversations')],
  ['load', () => request('GET', `/conversations/${crypto.randomUUID()}`)],
  ['update', () => request('PATCH', `/conversations/${conversation}`, { title: 'x' })],
  ['remove', () => request('DELETE', `/conversations/${conversation}`)],
  ['setting', () => request('GET', '/settings/page')],
  ['set', () => request('PUT', '/settings/page', {})],
];
const CASES = REQUESTS.flatMap(([call, send]) =>
  (Object.keys(FAULTS) as FaultMode[]).map((mode) => ({ call, mode, send })),
);
test.each(CASES)('only the request fails if $call of its store $mode', async ({ call, mode, send }) => {
  activeFault = { call, mode };
  const { status, text } = await send();
  expect([status, JSON.parse(text).error.code]).toEqual(
    mode === 'never settles' ? [503, 'storage_busy'] : [500, 'storage_failed'],
  );
  expect(text).not.toContain('alice');
  expect(tiny.log.at(-1)).toContain(mode === 'never settles' ? '0.6 s' : 'alice');
  activeFault = undefined;
  expect((await request('GET', '/health')).status).toBe(200);
  expect((await createConversation()).status).toBe(201);
});

test.each(Object.keys(FAULTS) as FaultMode[])(
  'an import stores nothing if createAll of its store %s',
  async (mode) => {
    const body = await exportConversation();
    const before = (await request('GET', '/conversations?limit=200')).json;
    activeFault = { call: 'createAll', mode };
    const { status, text } = await request('POST', '/conversations/import', body);
    expect([status, text.includes('alice')]).toEqual([mode === 'never settles' ? 503 : 500, false]);
    activeFault = undefined;
    expect((await request('GET', '/conversations?limit=200')).json).toEqual(before);
  },
);

test.each(Object.keys(FAULTS) as FaultMode[])(
  'a turn ends with an error if beginTurn of its store %s; the answer stays in memory if endTurn fails in this way',
  async (mode) => {
    conversation = (await createConversation()).json.id;
    activeFault = { call: 'beginTurn', mode };
    const turn = { conversation, options: { maxTokens: 3 } };
    await expect(chat.ask('one', turn)).rejects.toThrow(/^storage_/);
    expect(chat.events.at(-1)).toMatchObject({ type: 'error', ended: true });
    expect(JSON.stringify(chat.events)).not.toContain('alice');
    activeFault = undefined;
    expect((await chat.ask('one', turn)).end.type).toBe('end');
    activeFault = { call: 'dropTurn', mode };
    expect((await chat.ask('none', { conversation, options: { maxTokens: 0 } })).end.type).toBe('end');
    activeFault = undefined;
    expect((await chat.ask('one', turn)).end.type).toBe('end');
    activeFault = { call: 'endTurn', mode };
    const { end, text } = await chat.ask('two', turn);
    expect(end).toMatchObject({ type: 'end', unsaved: { code: expect.stringMatching(/^storage_/) } });
    expect(JSON.stringify(end)).not.toContain('alice');
    expect((await exportConversation()).messages.at(-1).content).toBe(text); // the client has received the answer, so it stays
    activeFault = undefined;
    const nextTurn = await chat.ask('three', turn);
    expect(nextTurn.end.type).toBe('end');
    expect(nextTurn.end).not.toHaveProperty('unsaved');
  },
);
