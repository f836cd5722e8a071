// Adapters of conversations and of single turns: over the chat socket, and as options of stored conversations.

import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createConversation, loadEngine } from '../../src/index.ts';
import { type RunningServer, startServer } from '../../src/server/start-server.ts';
import { Service } from '../../src/service/service.ts';
import { fixture } from '../support/fixtures.ts';
import { ChatClient } from '../support/server/chat-client.ts';
import { call as callServer } from '../support/server/http-calls.ts';

const MODEL = fixture('tiny-qwen2');
const adapters = { plain: fixture(join('adapters', 'plain')), other: fixture(join('adapters', 'rslora')) };
const GREEDY = { temperature: 0, repetitionPenalty: 1, maxTokens: 6 };

let service: Service;
let server: RunningServer;
let client: ChatClient;
beforeAll(async () => {
  service = await Service.create({
    models: [{ name: 'tiny', load: () => loadEngine({ model: MODEL, adapters }) }],
  });
  server = await startServer({ service, host: '127.0.0.1', port: 0 });
  await service.loaded;
});
afterAll(async () => {
  await server.close();
  await service.close();
});
beforeEach(async () => {
  client = await ChatClient.open(server.url);
});
afterEach(() => client.close());

const call = (method: string, path: string, body?: object) => callServer(server.url, method, path, { body });
const create = async (settings: object): Promise<string> =>
  (await call('POST', '/conversations', settings)).json.id;
const ask = (message: string, options: object, fields: object = {}) =>
  client.ask(message, { ...fields, options: { ...GREEDY, ...options } });

/** Sends a command that is rejected. Returns code and message of the error. */
async function rejection(command: object): Promise<string> {
  const sent = client.events.length;
  client.send(command);
  await expect.poll(() => client.events.slice(sent).some(({ type }) => type === 'error')).toBe(true);
  const error = client.events.slice(sent).find((event) => event.type === 'error');
  return `${error?.code}: ${error?.message}`;
}

test('turns of one conversation with different adapters use their own caches only', async () => {
  const turns = ['plain', 'other', 'plain', undefined].map((adapter, i) => ({
    message: `${i}`,
    options: adapter === undefined ? {} : { adapter },
  }));
  await using uncached = await loadEngine({ model: MODEL, adapters, cache: 'none' });
  const expected = createConversation(uncached);
  const used: number[] = [];
  const cached: number[] = [];
  const models: (string | undefined)[] = [];
  for (const { message, options } of turns) {
    const { text, end } = await ask(message, options);
    const result = await expected.send(message, { ...GREEDY, ...options }).result;
    expect(text).toBe(result.text);
    used.push(end.usage!.contextUsed);
    cached.push(end.usage!.cachedTokens);
    models.push(end.model);
  }
  expect(models).toEqual(['tiny:plain', 'tiny:other', 'tiny:plain', 'tiny']);
  // The tokens of a turn are found by the next turn with the same adapter. The last token of an answer is not computed.
  expect(cached).toEqual([0, 0, used[0]! - 1, 0]);
});

describe('a stored conversation', () => {
  test('answers with the adapter of its options, which the options of a turn replace', async () => {
    const conversation = await create({ sampling: { adapter: 'plain' } });
    const named = await create({ model: 'tiny:plain' });
    const stored = await ask('hello', {}, { conversation });
    expect(stored.end.model).toBe('tiny:plain');
    expect(stored.text).toBe((await ask('hello', {}, { conversation: named })).text);
    expect((await ask('again', { adapter: 'other' }, { conversation })).end.model).toBe('tiny:other');
    expect((await call('GET', `/conversations/${conversation}`)).json.sampling).toEqual({ adapter: 'plain' });
    const changed = await call('PATCH', `/conversations/${conversation}`, { sampling: { temperature: 0 } });
    expect([changed.status, changed.json.sampling]).toEqual([200, { temperature: 0 }]);
    expect((await ask('and again', {}, { conversation })).end.model).toBe('tiny');
  });

  test('may have a model and options with the same adapter', async () => {
    const conversation = await create({ model: 'tiny:plain', sampling: { adapter: 'plain' } });
    const { end } = await ask('hello', { adapter: 'plain' }, { conversation });
    expect(end.model).toBe('tiny:plain');
  });

  test('keeps its adapter when it is exported, imported and forked', async () => {
    const conversation = await create({ sampling: { adapter: 'plain' } });
    const exported = (await call('GET', `/conversations/${conversation}`)).json;
    const imported = (await call('POST', '/conversations/import', exported)).json.conversations[0];
    const fork = (await call('POST', `/conversations/${conversation}/fork`, {})).json;
    expect([imported.sampling, fork.sampling]).toEqual([{ adapter: 'plain' }, { adapter: 'plain' }]);
  });

  test('fails clearly after its adapter was unloaded', async () => {
    await call('POST', '/v1/load_lora_adapter', { lora_name: 'brief', lora_path: adapters.other });
    const conversation = await create({ sampling: { adapter: 'brief' } });
    await call('POST', '/v1/unload_lora_adapter', { lora_name: 'brief' });
    expect(await rejection({ message: 'hello', conversation })).toMatch(
      /^adapter_not_found: the model tiny has no adapter "brief"; use one of plain, other$/,
    );
  });

  test.each([
    [{ sampling: { adapter: 'plian' } }, 404, 'adapter_not_found'],
    [{ model: 'tiny', sampling: { adapter: 'none' } }, 404, 'adapter_not_found'],
    [{ model: 'tiny:plain', sampling: { adapter: 'other' } }, 400, 'bad_option'],
    [{ sampling: { adapter: '' } }, 400, 'bad_option'],
    [{ sampling: { adapter: 5 } }, 400, 'bad_option'],
    [{ sampling: { adapter: 'x'.repeat(129) } }, 400, 'bad_option'],
    [{ sampling: { adaptor: 'plain' } }, 400, 'unknown_option'],
  ])('cannot have the settings %j', async (settings, status, code) => {
    const created = await call('POST', '/conversations', settings);
    expect([created.status, created.json.error.code]).toEqual([status, code]);
    const conversation = await create({});
    const changed = await call('PATCH', `/conversations/${conversation}`, settings);
    expect([changed.status, changed.json.error.code]).toEqual([status, code]);
  });

  test.each([
    [{ model: 'tiny:plain' }, { sampling: { adapter: 'other' } }],
    [{ sampling: { adapter: 'other' } }, { model: 'tiny:plain' }],
  ])('with the settings %j cannot be changed to %j', async (settings, changes) => {
    const conversation = await create(settings);
    const changed = await call('PATCH', `/conversations/${conversation}`, changes);
    expect([changed.status, changed.json.error.code]).toEqual([400, 'bad_option']);
    expect((await call('GET', `/conversations/${conversation}`)).json).toMatchObject(settings);
  });
});

describe('the chat socket', () => {
  test.each([
    [{ options: { adapter: 'plian' } }, /^adapter_not_found: .*no adapter "plian"; did you mean "plain"\?/],
    [{ options: { adapter: 'none' } }, /^adapter_not_found: .*; use one of plain, other$/],
    [
      { model: 'tiny:plain', options: { adapter: 'other' } },
      /^bad_option: the model has the adapter "plain"/,
    ],
    [{ options: { adapter: 5 } }, /^bad_option: "options.adapter" is not valid .*; send the name of a LoRA/],
    [{ options: { adaptor: 'plain' } }, /^unknown_option: unknown option "adaptor"; did you mean "adapter"/],
  ])('rejects a first message with %j, and stores no conversation', async (fields, message) => {
    const before = (await call('GET', '/conversations')).json.conversations.length;
    expect(await rejection({ message: 'hello', ...fields })).toMatch(message);
    expect((await call('GET', '/conversations')).json.conversations).toHaveLength(before);
  });

  test('accepts the names of models and adapters that /health lists, which the page offers', async () => {
    const { models } = (await call('GET', '/health')).json;
    for (const { name } of models) {
      const fields = { conversation: 'new', model: name };
      expect((await ask('hello', {}, fields)).end.model).toBe(name);
    }
    expect(models.map(({ name }: { name: string }) => name)).toEqual(['tiny', 'tiny:plain', 'tiny:other']);
  });

  test('regenerates an answer with another adapter', async () => {
    const conversation = await create({});
    const first = await ask('hello', {}, { conversation });
    client.send({ regenerate: true, conversation, options: { ...GREEDY, adapter: 'plain' } });
    const { model, messages } = await client.next('end');
    expect(model).toBe('tiny:plain');
    expect(messages?.user).toBe(first.end.messages?.user);
  });
});
