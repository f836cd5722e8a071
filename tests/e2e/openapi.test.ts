// /openapi.json is correct: it describes every route, every response conforms to its schema, and the request schemas accept the
// bodies that the server accepts.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { fixture } from '../support/fixtures.ts';
import { createConversation } from '../support/server/hostile-input.ts';
import { tinyServerForTests } from '../support/server/tiny-server.ts';

type JsonSchema = z.core.JSONSchema.JSONSchema;

interface Operation {
  readonly requestBody?: { readonly content: Record<string, { readonly schema: JsonSchema }> };
  readonly responses: Record<string, { readonly content: Record<string, { readonly schema: JsonSchema }> }>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, JsonSchema> };
}

const tiny = tinyServerForTests();
let document: Document;
let conversation: string;

beforeAll(async () => {
  ({ conversation } = await createConversation(tiny));
  document = (await (await fetch(`${tiny.url}/openapi.json`)).json()) as Document;
});

const MESSAGES = [{ role: 'user', content: 'hello' }];
const CHAT = { messages: MESSAGES, max_tokens: 3, logprobs: true, top_logprobs: 2, cache_report: true };
const TEXT = { prompt: 'hello', max_tokens: 3, logprobs: 2, cache_report: true };
const USAGE = { stream: true, stream_options: { include_usage: true } };

const EXPORTED_CONVERSATION = {
  id: 'old',
  title: 'Old',
  createdAt: 1,
  updatedAt: 2,
  system: null,
  contextPolicy: { kind: 'error' },
  sampling: { temperature: 0 },
  head: null,
  tokens: 0,
  contextLength: 64,
  messages: [],
};
/** Valid and invalid requests for every operation; the first request is valid. */
const REQUESTS: Readonly<Record<string, readonly { readonly path?: string; readonly body?: unknown }[]>> = {
  'get /health': [{}],
  'get /v1/models': [{}],
  'get /v1/models/{id}': [{ path: '/v1/models/tiny-llama' }, { path: '/v1/models/no/such' }],
  'post /models/unload': [{ body: { model: 'tiny-llama' } }, { body: { model: 'none' } }],
  'post /models/load': [{ body: { model: 'tiny-llama' } }, { body: { model: 'none' } }],
  'post /v1/load_lora_adapter': [
    { body: { lora_name: 'tuned', lora_path: fixture('adapters/llama') } },
    { body: { lora_name: 'tuned', lora_path: fixture('adapters/llama') } },
    { body: { lora_name: 'other', lora_path: fixture('adapters/gpt2') } },
  ],
  'post /v1/unload_lora_adapter': [{ body: { lora_name: 'tuned' } }, { body: { lora_name: 'tuned' } }],
  'post /v1/chat/completions': [
    { body: CHAT },
    { body: { ...CHAT, ...USAGE, n: 2 } },
    { body: { messages: MESSAGES, max_tokens: 2, stream: true } },
    { body: { messages: MESSAGES, tools: [{}] } },
  ],
  'post /v1/completions': [
    { body: TEXT },
    { body: { ...TEXT, ...USAGE } },
    { body: { prompt: ['a', 'b'], max_tokens: 2, n: 2 } },
    { body: { prompt: 'x', echo: true } },
  ],
  'post /v1/embeddings': [{ body: { input: 'a' } }, { body: { input: [] } }],
  'post /tokenize': [
    { body: { prompt: 'hello', return_token_strs: true } },
    { body: { messages: MESSAGES } },
    { body: {} },
  ],
  'post /detokenize': [{ body: { tokens: [5, 6] } }, { body: { tokens: [100_000] } }],
  'post /apply-template': [{ body: { messages: MESSAGES } }, { body: { messages: [] } }],
  'get /conversations': [{}, { path: '/conversations?limit=none' }],
  'post /conversations': [
    { body: { system: 'Be kind.', contextPolicy: 'truncate', sampling: { temperature: 0, stop: ['x'] } } },
    { body: { sampling: { temperature: -1 } } },
    { body: { model: 'none' } },
  ],
  'post /conversations/import': [
    { body: EXPORTED_CONVERSATION },
    { body: { ...EXPORTED_CONVERSATION, title: 5 } },
  ],
  'get /conversations/{id}': [{ path: '/conversations/ID' }, { path: '/conversations/none' }],
  'patch /conversations/{id}': [
    { path: '/conversations/ID', body: { title: 'Mine' } },
    { path: '/conversations/ID', body: { head: 'none' } },
  ],
  'post /conversations/{id}/fork': [{ path: '/conversations/ID/fork', body: {} }],
  'get /conversations/{id}/export': [
    { path: '/conversations/ID/export' },
    { path: '/conversations/ID/export?format=markdown' },
  ],
  'delete /conversations/{id}': [{ path: '/conversations/none' }, { path: '/conversations/ID' }],
  'put /settings/page': [{ body: { language: 'zh' } }, { body: [] }],
  'get /settings/page': [{}],
  'get /metrics': [{}],
  'get /version': [{}],
  'get /openapi.json': [{}],
};

const operations = (): [string, string, Operation][] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [
      method,
      path,
      operation,
    ]),
  );

test('the document is OpenAPI 3.1 and describes every route of this test', () => {
  expect(document.openapi).toBe('3.1.0');
  expect(operations().map(([method, path]) => `${method} ${path}`)).toEqual(
    expect.arrayContaining(Object.keys(REQUESTS)),
  );
});

test('the document describes every route in the sources', () => {
  const root = fileURLToPath(new URL('../../src/server/', import.meta.url));
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /-routes?\.ts$/.test(name),
  );
  const described = operations().map(([method, path]) => `${method} ${path}`);
  const sourceRoutes = files.flatMap((name) => {
    const source = readFileSync(join(root, name), 'utf8');
    const routes = source.matchAll(/app\.(get|post|put|patch|delete)(?:<[^(]*>)?\(\s*'([^']+)'/g);
    return [...routes].map(
      ([, method, path]) => `${method} ${path!.replace(/:(\w+)/g, '{$1}').replace('*', '{id}')}`,
    );
  });
  const undescribed = ['get /']; // the page, or the message that the page is not built
  expect(sourceRoutes.length).toBeGreaterThan(15);
  expect(sourceRoutes.filter((route) => !described.includes(route) && !undescribed.includes(route))).toEqual(
    [],
  );
});

test.each(Object.entries(REQUESTS))('the responses of %s conform to the document', async (name, requests) => {
  const [method, path] = name.split(' ') as [string, string];
  const operation = document.paths[path]![method]!;
  for (const { path: requestPath = path, body } of requests) {
    if (body !== undefined && method === 'post') expect(operation.requestBody).toBeDefined();
    const response = await fetch(tiny.url + requestPath.replace('ID', conversation), {
      method: method.toUpperCase(),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const description = operation.responses[response.status];
    expect(description, `${name} gave ${response.status}`).toBeDefined();
    if (response.status === 204) continue;
    const type = response.headers.get('content-type')!.split(';')[0]!;
    const schema = description!.content[type]?.schema;
    expect(schema, `${name} gave ${type}`).toBeDefined();
    for (const value of await valuesOf(response, type)) expectToConform(value, schema!);
  }
});

async function valuesOf(response: Response, type: string): Promise<unknown[]> {
  const text = await response.text();
  if (type === 'application/json') return [JSON.parse(text)];
  if (type !== 'text/event-stream') return [text];
  const events = text.split('\n\n').filter((event) => event !== '' && event !== 'data: [DONE]');
  return events.map((event) => JSON.parse(event.replace('data: ', '')));
}

function expectToConform(value: unknown, schema: JsonSchema): void {
  const name = /^#\/components\/schemas\/(\w+)$/.exec(schema.$ref ?? '')?.[1];
  const resolved = name === undefined ? schema : document.components.schemas[name]!;
  const { error } = z.fromJSONSchema(resolved).safeParse(value);
  expect(error?.issues ?? []).toEqual([]);
}

test('the request schemas accept valid bodies and reject unknown fields', () => {
  for (const [method, path, { requestBody }] of operations()) {
    const schema = requestBody?.content['application/json']?.schema;
    if (schema === undefined) continue;
    const bodies = (REQUESTS[`${method} ${path}`] ?? []).map(({ body }) => body);
    const validator = z.fromJSONSchema(schema);
    expect(validator.safeParse(bodies[0]).success).toBe(true);
    const allowsAnyField = path === '/settings/page'; // accepts any settings
    expect(validator.safeParse({ ...(bodies[0] as object), no_such_name: 1 }).success).toBe(allowsAnyField);
  }
});
