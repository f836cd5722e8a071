// Embeddings over HTTP, with the client packages that people use: openai asks for base64 unless the caller names a format.

import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadEngine } from '../../src/index.ts';
import { type RunningServer, startServer } from '../../src/server/start-server.ts';
import { Service } from '../../src/service/service.ts';
import { fixture } from '../support/fixtures.ts';
import { call as callServer } from '../support/server/http-calls.ts';

const MODEL = fixture(join('embeddings', 'tiny-qwen3-embedding-f16.gguf'));
const TEXTS = ['The highest mountain', '今天天气怎么样？', 'a'];

let service: Service;
let server: RunningServer;
let client: OpenAI;
let expected: readonly (readonly number[])[];
beforeAll(async () => {
  await using engine = await loadEngine({ model: MODEL });
  expected = (await engine.embed(TEXTS)).vectors.map((vector) => Array.from(vector));
  service = await Service.create({
    models: [
      { name: 'embedding', load: () => loadEngine({ model: MODEL }) },
      {
        name: 'chat',
        load: () =>
          loadEngine({ model: fixture('tiny-qwen2'), adapters: { plain: fixture('adapters/plain') } }),
      },
      {
        name: 'both',
        load: () =>
          loadEngine({
            model: fixture('tiny-qwen2'),
            adapters: { plain: fixture('adapters/plain') },
            pooling: 'mean',
          }),
      },
    ],
  });
  server = await startServer({ service, host: '127.0.0.1', port: 0 });
  await service.loaded;
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
});
afterAll(async () => {
  await server.close();
  await service.close();
});

const post = (body: object) => callServer(server.url, 'POST', '/v1/embeddings', { body });

test.each([undefined, 'float', 'base64'] as const)(
  'the openai client gets the vectors with encoding %s',
  async (format) => {
    const options = format === undefined ? {} : { encoding_format: format };
    const response = await client.embeddings.create({ model: 'embedding', input: TEXTS, ...options });
    expect(response).toMatchObject({ object: 'list', model: 'embedding' });
    expect(response.data.map(({ index }) => index)).toEqual([0, 1, 2]);
    const vectors = response.data.map(({ embedding }) =>
      typeof embedding === 'string' ? Array.from(floatsOf(embedding)) : embedding,
    );
    expect(vectors).toEqual(expected);
    expect(response.usage.prompt_tokens).toBe(response.usage.total_tokens);
    expect(response.usage.prompt_tokens).toBeGreaterThan(TEXTS.length);
  },
);

const floatsOf = (base64: string): Float32Array => {
  const bytes = Buffer.from(base64, 'base64');
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
};

test('the list of models says which ones compute embeddings', async () => {
  const { json } = await callServer(server.url, 'GET', '/v1/models', {});
  const embeddings = json.data.map(({ id, embedding }: { id: string; embedding?: object }) => [
    id,
    embedding,
  ]);
  expect(Object.fromEntries(embeddings)).toMatchObject({
    embedding: { pooling: 'last', dimensions: 32 },
    both: { pooling: 'mean', dimensions: 32 },
    'both:plain': { pooling: 'mean', dimensions: 32 },
    chat: undefined,
  });
});

test('a text, token ids, and lists of both are inputs', async () => {
  const { json } = await callServer(server.url, 'POST', '/tokenize', {
    body: { model: 'embedding', prompt: TEXTS[0] },
  });
  const tokens = [...json.tokens, 3]; // the token that ends a text
  for (const input of [TEXTS[0]!, [TEXTS[0]!], tokens, [tokens]]) {
    const { data } = await client.embeddings.create({ model: 'embedding', input });
    expect(data.map(({ embedding }) => embedding)).toEqual([expected[0]]);
  }
});

test('many texts at once have the same vectors, and other requests go on', async () => {
  const input = Array.from({ length: 300 }, (_, i) => TEXTS[i % 3]!);
  const [{ data }, chat] = await Promise.all([
    client.embeddings.create({ model: 'embedding', input }),
    client.completions.create({ model: 'embedding', prompt: 'hello', max_tokens: 4 }),
  ]);
  expect(data.map(({ embedding }) => embedding)).toEqual(input.map((_, i) => expected[i % 3]));
  expect(chat.choices).toHaveLength(1);
});

test('dimensions shortens the vectors of models that are trained for it', async () => {
  const { data } = await client.embeddings.create({ model: 'embedding', input: 'a', dimensions: 8 });
  expect(data[0]!.embedding).toHaveLength(8);
  const { status, json } = await post({ model: 'both', input: 'a', dimensions: 8 });
  expect([status, json.error]).toMatchObject([400, { code: 'bad_option', param: 'dimensions' }]);
});

test('a chat model without pooling is rejected, one with the option is not', async () => {
  const { status, json } = await post({ model: 'chat', input: 'a' });
  expect([status, json.error.code]).toEqual([400, 'no_pooling']);
  expect(json.error.message).toContain('--pooling');
  const { data } = await client.embeddings.create({ model: 'both', input: 'a' });
  expect(data[0]!.embedding).toHaveLength(32);
});

test('an adapter is selected by the model name and by the field', async () => {
  const vectorOf = async (body: object) =>
    (await post({ input: 'hello there', ...body })).json.data[0].embedding;
  const [base, named, chosen] = await Promise.all([
    vectorOf({ model: 'both' }),
    vectorOf({ model: 'both:plain' }),
    vectorOf({ model: 'both', adapter: 'plain' }),
  ]);
  expect(named).toEqual(chosen);
  expect(named).not.toEqual(base);
});

test.each([
  [{ input: '' }, 'empty_prompt'],
  [{ input: ['a', ''] }, 'empty_prompt'],
  [{ input: [] }, 'bad_option'],
  [{}, 'bad_option'],
  [{ input: [1, 'a'] }, 'bad_option'],
  [{ input: [[]] }, 'bad_option'],
  [{ input: [1e9] }, 'bad_token'],
  [{ input: new Array(2049).fill('a') }, 'bad_option'],
  [{ input: 'word '.repeat(500) }, 'context_length_exceeded'],
  [{ input: ['a', 'word '.repeat(100_000)] }, 'context_length_exceeded'],
  [{ input: 'a', encoding_format: 'int8' }, 'bad_option'],
  [{ input: 'a', dimensions: 0 }, 'bad_option'],
  [{ input: 'a', dimensions: 33 }, 'bad_option'],
  [{ input: 'a', priority: 3 }, 'bad_option'],
  [{ input: 'a', truncate: true }, 'not_supported'],
  [{ input: 'a', input_type: 'query' }, 'not_supported'],
  [{ input: 'a', prompt_name: 'query' }, 'not_supported'],
  [{ input: 'a', inptu: 'b' }, 'unknown_option'],
])('%j is rejected with %s', async (body, code) => {
  const { status, json } = await post({ model: 'embedding', ...body });
  expect([status, json.error.code]).toEqual([400, code]);
});

test('metrics count the tokens', async () => {
  const tokensOf = async (): Promise<number> => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    return Number(/^vllm:prompt_tokens_total\{model_name="embedding"\} (\d+)/m.exec(text)?.[1]);
  };
  const before = await tokensOf();
  const { json } = await post({ model: 'embedding', input: TEXTS });
  expect((await tokensOf()) - before).toBe(json.usage.prompt_tokens);
});

test('a client that disconnects leaves nothing running', async () => {
  const controller = new AbortController();
  const input = Array.from({ length: 500 }, (_, i) => `${TEXTS[0]} ${i}`);
  const request = client.embeddings.create({ model: 'embedding', input }, { signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  await expect(request).rejects.toThrow();
  await expect
    .poll(
      async () =>
        (await (await fetch(`${server.url}/metrics`)).text()).match(/requests_running\{.*embedding.*/)?.[0],
    )
    .toMatch(/ 0$/);
});
