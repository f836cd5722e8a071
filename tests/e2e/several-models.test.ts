// A server with several models: every protocol selects a model by name, and models run at the same time. A model that fails to load
// or is unloaded does not affect other models, and the server reports the sum of the memory of all models.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadEngine } from '../../src/index.ts';
import { type RunningServer, startServer } from '../../src/server/start-server.ts';
import { Service } from '../../src/service/service.ts';
import { fixture } from '../support/fixtures.ts';
import { ChatClient } from '../support/server/chat-client.ts';
import { call as callServer } from '../support/server/http-calls.ts';

const MIB = 2 ** 20;
const messages = [{ role: 'user', content: 'hello there' }];
const GREEDY = { temperature: 0, max_tokens: 6 };

let service: Service;
let server: RunningServer;
const log: string[] = [];

beforeAll(async () => {
  service = await Service.create({
    models: [
      { name: 'embedded', load: () => loadEngine({ context: 256, kvMemory: 8 * MIB }) },
      {
        name: 'tiny',
        load: () => loadEngine({ model: fixture('tiny-llama'), kvMemory: 4 * MIB, backend: 'reference' }),
      },
      { name: 'broken', load: () => loadEngine({ model: '/nowhere/model.gguf' }) },
      {
        reference: './models/tiny-qwen2',
        load: () => loadEngine({ model: fixture('tiny-qwen2'), kvMemory: 4 * MIB, backend: 'reference' }),
      },
    ],
    log: (line) => log.push(line),
  });
  server = await startServer({ service, host: '127.0.0.1', port: 0, log: (line) => log.push(line) });
  await service.loaded;
});
afterAll(async () => {
  await server.close();
  await service.close();
});

const call = (method: string, path: string, body?: object) => callServer(server.url, method, path, { body });

const chat = (fields: object) => call('POST', '/v1/chat/completions', { messages, ...GREEDY, ...fields });

test('requests select a model by name, by default the first model, and models answer at the same time', async () => {
  const requested = ['embedded', 'tiny', undefined, 'tiny', './models/tiny-qwen2', 'embedded'];
  const answers = await Promise.all(requested.map((model) => chat({ model })));
  expect(answers.map(({ status }) => status)).toEqual(requested.map(() => 200));
  const names = answers.map(({ json }) => json.model);
  expect(names.slice(0, 4)).toEqual(['embedded', 'tiny', 'embedded', 'tiny']);
  const texts = answers.map(({ json }) => json.choices[0].message.content);
  expect(texts[0]).toBe(texts[2]);
  expect(texts[1]).toBe(texts[3]);
  expect(texts[0]).not.toBe(texts[1]);
  for (const { headers } of answers) expect(headers.get('x-quire-ignored')).toBe(null);
});

test('a request with an unknown model name fails with 404, and the error lists the known names', async () => {
  for (const path of ['/v1/chat/completions', '/v1/completions', '/tokenize']) {
    const { status, json } = await call('POST', path, {
      model: 'gpt-4o',
      messages,
      prompt: undefined,
      ...(path === '/v1/chat/completions' && GREEDY),
      ...(path === '/v1/completions' && { messages: undefined, prompt: 'x' }),
    });
    expect([status, json.error.code, json.error.param], path).toEqual([404, 'model_not_found', 'model']);
    expect(json.error.message).toMatch(/"embedded", "tiny", "broken"/);
  }
  expect((await call('GET', '/v1/models/gpt-4o')).status).toBe(404);
});

test('a request to a model that failed to load fails with the load error, and other models answer', async () => {
  const { status, json } = await chat({ model: 'broken' });
  expect(status).toBeGreaterThanOrEqual(400);
  expect(json.error.message).toContain('/nowhere/model.gguf');
  expect((await chat({ model: 'tiny' })).status).toBe(200);
});

test('/v1/models, /health and /metrics report every model, and /health also reports the sum of the memory', async () => {
  const { data } = (await call('GET', '/v1/models')).json;
  expect(data.map(({ id, status }: { id: string; status: string }) => [id, status]).slice(0, 3)).toEqual([
    ['embedded', 'ready'],
    ['tiny', 'ready'],
    ['broken', 'failed'],
  ]);
  const health = (await call('GET', '/health')).json;
  expect(health).toMatchObject({ status: 'degraded', model: 'embedded' });
  const ready = health.models.filter(({ status }: { status: string }) => status === 'ready');
  expect(ready).toHaveLength(3);
  const sum = (name: string): number =>
    ready.reduce((total: number, model: Record<string, number>) => total + model[name]!, 0);
  expect(health.memory).toEqual({ kvBytes: sum('kvBytes'), weightBytes: sum('weightBytes') });
  expect(health.memory.kvBytes).toBeGreaterThan(15 * MIB);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  for (const name of ['embedded', 'tiny']) {
    expect(metrics).toContain(`vllm:num_requests_running{model_name="${name}"} 0`);
    expect(metrics).toContain(`quire_kv_bytes{model_name="${name}",kind="total",keeps="all"}`);
  }
});

describe('the chat socket', () => {
  test('uses the model of a conversation until the model is changed, and runs two models at the same time', async () => {
    const client = await ChatClient.open(server.url);
    client.send({
      conversation: 'new',
      message: 'hello',
      model: 'tiny',
      tag: 'a',
      options: { temperature: 0, maxTokens: 5 },
    });
    client.send({
      conversation: 'new',
      message: 'hello',
      tag: 'b',
      options: { temperature: 0, maxTokens: 5 },
    });
    const ends = [await client.next('end'), await client.next('end')];
    const models = ends.map(({ model }) => model);
    expect(models.toSorted()).toEqual(['embedded', 'tiny']);
    const { conversation } = ends.find(({ model }) => model === 'tiny')!;
    const storedConversation = (await call('GET', `/conversations/${conversation}`)).json;
    expect(storedConversation.model).toBe('tiny');
    client.send({ conversation, message: 'again', options: { temperature: 0, maxTokens: 5 } });
    expect((await client.next('end')).model).toBe('tiny');
    expect((await call('PATCH', `/conversations/${conversation}`, { model: 'embedded' })).json.model).toBe(
      'embedded',
    );
    client.send({ conversation, message: 'and again', options: { temperature: 0, maxTokens: 5 } });
    const end = await client.next('end');
    expect(end.model).toBe('embedded');
    expect(end.context?.modelChanged?.to).toContain('Quire');
    await client.close();
  });

  test('accepts a model for the conversation of the socket, and rejects an unknown model name', async () => {
    const client = await ChatClient.open(server.url);
    client.send({ message: 'hello', model: 'tiny', options: { temperature: 0, maxTokens: 3 } });
    expect((await client.next('end')).model).toBe('tiny');
    client.send({ model: 'embedded' });
    await expect(client.next('end')).rejects.toThrow('bad_message');
    client.send({ conversation: 'new', message: 'x', model: 'gpt-4o' });
    await expect(client.next('end')).rejects.toThrow('model_not_found');
    await client.close();
  });

  test('uses the default model to continue a conversation whose model was removed', async () => {
    const { id } = (await call('POST', '/conversations', {})).json;
    await service.store.update('', id, { model: 'gone' });
    const { record } = await service.conversations.open('', id);
    expect(record.model).toBe(undefined); // an open conversation is not read from the store again
    expect(service.models.nameFor('gone')).toBe('embedded');
  });
});

describe('unloading a model', () => {
  test('while a request is tokenized ends the request with an answer or model_unloaded', async () => {
    const longMessages = [{ role: 'user', content: 'hello there '.repeat(20_000) }];
    for (const ms of [0, 5, 20]) {
      const response = chat({ model: 'tiny', messages: longMessages, context_policy: 'truncate' });
      await new Promise((resolve) => setTimeout(resolve, ms));
      await call('POST', '/models/unload', { model: 'tiny' });
      const { status, json } = await response;
      expect([200, 400, 503], JSON.stringify(json)).toContain(status);
      await call('POST', '/models/load', { model: 'tiny' });
    }
  });

  test('completes running requests and releases the memory of the model, which can be loaded again', async () => {
    const before = (await call('GET', '/health')).json.memory;
    const runningRequest = chat({ model: 'tiny', max_tokens: 40, min_tokens: 40, n: 32 });
    const { monitor } = service.models.find('tiny').completer;
    await expect.poll(() => monitor!.counters.running, { interval: 1 }).toBeGreaterThan(0);
    const unloaded = await call('POST', '/models/unload', { model: 'tiny' });
    expect(unloaded).toMatchObject({ status: 200, json: { id: 'tiny', status: 'unloaded' } });
    expect((await runningRequest).status).toBe(200);
    const after = (await call('GET', '/health')).json.memory;
    expect(after.kvBytes).toBeLessThan(before.kvBytes);
    const rejectedResponse = await chat({ model: 'tiny' });
    expect([rejectedResponse.status, rejectedResponse.json.error.code]).toEqual([503, 'model_unloaded']);
    expect(rejectedResponse.headers.get('retry-after')).toBe('1');
    expect(await (await fetch(`${server.url}/metrics`)).text()).not.toContain(
      'quire_kv_bytes{model_name="tiny"',
    );
    expect((await chat({ model: 'embedded' })).status).toBe(200);
    expect(await call('POST', '/models/load', { model: 'tiny' })).toMatchObject({
      status: 200,
      json: { id: 'tiny', status: 'ready' },
    });
    expect((await chat({ model: 'tiny' })).status).toBe(200);
    expect((await call('GET', '/health')).json.memory).toEqual(before);
  });

  test.each([
    [404, 'model_not_found', { model: 'gpt-4o' }],
    [400, 'bad_option', { model: 7 }],
    [400, 'unknown_option', { model: 'tiny', modle: 1 }],
  ])('fails with status %i and %s for %j', async (status, code, body) => {
    for (const path of ['/models/load', '/models/unload']) {
      const answer = await call('POST', path, body);
      expect([answer.status, answer.json.error.code]).toEqual([status, code]);
    }
  });
});

test('the server has logged no internal error for the requests of this file', () => {
  expect(log.filter((line) => line.includes('internal'))).toEqual([]);
});
