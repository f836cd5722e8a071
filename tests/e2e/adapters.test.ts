// Adapters over HTTP: requests select them by the model name BASE:NAME, and operators load and unload them while the server runs.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadEngine } from '../../src/index.ts';
import { type RunningServer, startServer } from '../../src/server/start-server.ts';
import { Service } from '../../src/service/service.ts';
import { fixture } from '../support/fixtures.ts';
import { call as callServer } from '../support/server/http-calls.ts';

const pathOf = (name: string): string => fixture(join('adapters', name));
const messages = [{ role: 'user', content: 'hello there' }];

let service: Service;
let server: RunningServer;
beforeAll(async () => {
  const load = () => loadEngine({ model: fixture('tiny-qwen2'), adapters: { plain: pathOf('plain') } });
  service = await Service.create({ models: [{ name: 'tiny', load }] });
  server = await startServer({ service, host: '127.0.0.1', port: 0 });
  await service.loaded;
});
afterAll(async () => {
  await server.close();
  await service.close();
});

const call = (method: string, path: string, body?: object) => callServer(server.url, method, path, { body });
interface Answer {
  readonly status: number;
  readonly model: string;
  readonly text: string;
  readonly code: string;
}

const answer = async (model?: string, adapter?: string): Promise<Answer> => {
  const body = { model, adapter, messages, temperature: 0, repetition_penalty: 1, max_tokens: 12 };
  const { status, json } = await call('POST', '/v1/chat/completions', body);
  return { status, model: json.model, text: json.choices?.[0].message.content, code: json.error?.code };
};

test('a request selects an adapter by BASE:NAME, and the response has this name', async () => {
  const [base, adapted] = [await answer('tiny'), await answer('tiny:plain')];
  expect([base.model, adapted.model]).toEqual(['tiny', 'tiny:plain']);
  expect(adapted.text).not.toBe(base.text);
  expect(await answer('tiny', 'plain')).toEqual(adapted);
  expect(await answer(undefined, 'plain')).toEqual(adapted);
  expect(await answer('anything:plain')).toEqual(adapted); // a single model may have any name
  expect(await answer('anything')).toEqual(base);
  const completion = { model: 'tiny:plain', prompt: 'hello', max_tokens: 4 };
  expect((await call('POST', '/v1/completions', completion)).json.model).toBe('tiny:plain');
});

test.each(['tiny:other', 'tiny:', 'tiny:plain:'])('a request with %s fails with 404', async (model) => {
  expect(await answer(model)).toMatchObject({ status: 404, code: 'adapter_not_found' });
});

test('a request may name an adapter twice, but not two adapters', async () => {
  expect(await answer('tiny:plain', 'plain')).toEqual(await answer('tiny:plain'));
  expect(await answer('tiny:plain', 'other')).toMatchObject({ status: 400, code: 'bad_option' });
  expect(await answer('tiny', 'other')).toMatchObject({ status: 404, code: 'adapter_not_found' });
});

test('adapters are listed with their model', async () => {
  const { json } = await call('GET', '/v1/models');
  expect(json.data.map(({ id, parent }: { id: string; parent?: string }) => [id, parent])).toEqual([
    ['tiny', undefined],
    ['tiny:plain', 'tiny'],
  ]);
  expect((await call('GET', '/v1/models/tiny:plain')).json).toMatchObject({
    id: 'tiny:plain',
    parent: 'tiny',
  });
});

test('adapters are loaded and unloaded while requests run', async () => {
  const load = (fields: object) => call('POST', '/v1/load_lora_adapter', fields);
  const running = Promise.all(Array.from({ length: 6 }, () => answer('tiny:plain')));
  const loaded = await load({ lora_name: 'second', lora_path: pathOf('rslora') });
  expect([loaded.status, loaded.json]).toMatchObject([200, { id: 'tiny:second', rank: 8, layers: 4 }]);
  expect((await answer('tiny:second')).model).toBe('tiny:second');
  const again = await load({ lora_name: 'second', lora_path: pathOf('rslora') });
  expect([again.status, again.json.error.code]).toEqual([400, 'adapter_exists']);
  expect((await call('POST', '/v1/unload_lora_adapter', { lora_name: 'second' })).status).toBe(200);
  expect((await answer('tiny:second')).status).toBe(404);
  const missing = await call('POST', '/v1/unload_lora_adapter', { lora_name: 'second' });
  expect([missing.status, missing.json.error.code]).toEqual([404, 'adapter_not_found']);
  expect(new Set((await running).map(({ text }) => text)).size).toBe(1);
});

test.each([
  [{ lora_name: 'x', lora_path: '/nowhere' }, 404, 'file_not_found'],
  [{ lora_name: 'x', lora_path: mkdtempSync(join(tmpdir(), 'quire-adapters-')) }, 422, 'bad_adapter'],
  [{ lora_name: 'x', lora_path: pathOf('gpt2') }, 422, 'bad_adapter'],
  [{ lora_name: 'a:b', lora_path: pathOf('rslora') }, 400, 'bad_option'],
  [{ lora_name: 'x' }, 400, 'bad_option'],
  [{ lora_name: 'x', lora_path: pathOf('rslora'), model: 'other' }, 404, 'model_not_found'],
] as const)('loading %j fails with %i %s', async (body, status, code) => {
  const response = await call('POST', '/v1/load_lora_adapter', body);
  expect([response.status, response.json.error.code]).toEqual([status, code]);
});

test('a conversation keeps the adapter that was selected when it was created', async () => {
  const created = await call('POST', '/conversations', { model: 'tiny:plain' });
  expect([created.status, created.json.model]).toMatchObject([expect.any(Number), 'tiny:plain']);
});

test('a model with a default adapter is called BASE:ADAPTER and answers with the adapter, under every name', async () => {
  const adapters = { plain: pathOf('plain'), other: pathOf('rslora') };
  const load = () => loadEngine({ model: fixture('tiny-qwen2'), adapters, defaultAdapter: 'plain' });
  await using adapted = await Service.create({ models: [{ reference: 'folders/my-lora', load }] });
  const adaptedServer = await startServer({ service: adapted, host: '127.0.0.1', port: 0 });
  await adapted.loaded;
  const send = (method: string, path: string, body?: object) =>
    callServer(adaptedServer.url, method, path, { body });
  const options = { messages, temperature: 0, repetition_penalty: 1, max_tokens: 12 };
  const expected = { ...(await answer('tiny:plain')), model: 'tiny-qwen2:plain' };
  for (const fields of [
    {},
    { model: 'tiny-qwen2:plain' },
    { model: 'my-lora' },
    { model: 'tiny-qwen2' },
    { adapter: 'plain' },
  ]) {
    const { status, json } = await send('POST', '/v1/chat/completions', { ...options, ...fields });
    const text = json.choices[0].message.content;
    expect({ status, model: json.model, text, code: undefined }).toEqual(expected);
  }
  const { json } = await send('GET', '/v1/models');
  expect(json.data.map(({ id }: { id: string }) => id)).toEqual([
    'tiny-qwen2:plain',
    'tiny-qwen2:plain:other',
  ]);
  for (const name of ['tiny-qwen2:plain', 'my-lora', 'my-lora:plain']) {
    const { id, parent } = (await send('GET', `/v1/models/${name}`)).json;
    expect([id, parent]).toEqual(['tiny-qwen2:plain', undefined]);
  }
  const unloading = await send('POST', '/v1/unload_lora_adapter', { lora_name: 'plain' });
  expect([unloading.status, unloading.json.error.code]).toEqual([400, 'bad_option']);
  await adaptedServer.close();
});
