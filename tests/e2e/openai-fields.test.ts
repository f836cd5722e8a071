// Requests with neutral values, fields without effect, names of other models or compressed bodies, as many clients send them. Also
// answers that a client sends back as messages.

import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { loadModel } from '../../src/engine/node/load-model.ts';
import { BODY_LIMIT_BYTES } from '../../src/server/http/limits.ts';
import { fixture } from '../support/fixtures.ts';
import { ChatClient } from '../support/server/chat-client.ts';
import { postJson } from '../support/server/http-calls.ts';
import { openaiClient } from '../support/server/openai-client.ts';
import { serveEngine } from '../support/server/serve-engine.ts';
import { tinyServerForTests } from '../support/server/tiny-server.ts';

const tiny = tinyServerForTests({ stepTokens: 16 });

const MESSAGES = [{ role: 'user', content: 'hello' }];
const CHAT = { messages: MESSAGES, max_tokens: 3, temperature: 0 };

interface Answer {
  readonly status: number;
  readonly ignored: string | null;
  readonly body: {
    readonly model: string;
    readonly choices: readonly { readonly message: { readonly content: string }; readonly text: string }[];
    readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number };
    readonly error: { readonly code: string; readonly message: string; readonly param: string };
  };
}

async function post(path: string, body: unknown, url = tiny.url): Promise<Answer> {
  const response = await postJson(url + path, body);
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
  return { status: response.status, ignored: response.headers.get('x-quire-ignored'), body: json };
}

const chat = (fields: object): Promise<Answer> => post('/v1/chat/completions', { ...CHAT, ...fields });
const completeText = (fields: object): Promise<Answer> =>
  post('/v1/completions', { prompt: 'hello', max_tokens: 3, temperature: 0, ...fields });

describe('a neutral value', () => {
  const NEUTRAL_FIELDS: readonly object[] = [
    { tools: [] },
    { tools: [], tool_choice: 'auto' },
    { tool_choice: 'none' },
    { functions: [] },
    { function_call: 'none' },
    { metadata: {} },
    { top_logprobs: 0 },
    { logprobs: false, top_logprobs: 0 },
    { n: 1 },
    { top_k: -1 },
    { top_k: 0 },
    { seed: -1 },
    { ignore_eos: false },
    { unknown: null },
    { unknown: [], another: {}, third: '' },
    { stop: '' },
    { stop: [], logit_bias: {}, stop_token_ids: [], bad_words: [] },
    { model: '', user: '', cache_salt: '' },
    { response_format: { type: 'text' }, modalities: ['text'] },
    { stream_options: {} },
    { stream_options: null },
    { stream_options: { include_usage: false } },
    { stream: true, stream_options: { include_obfuscation: false } },
    { echo: false, best_of: 1, suffix: '', use_beam_search: false, skip_special_tokens: true },
  ];

  test.each(NEUTRAL_FIELDS)('%j is accepted in a chat completion', async (fields) => {
    const { status, body } = await chat(fields);
    expect([status, body.error]).toEqual([200, undefined]);
  });

  test.each([{ echo: false }, { best_of: 1 }, { suffix: '' }, { logprobs: null }, { tools: [] }])(
    '%j is accepted in a text completion',
    async (fields) => {
      expect((await completeText(fields)).status).toBe(200);
    },
  );

  test('that is an empty prompt is accepted if the model adds a start token', async () => {
    const { tokens } = (await post('/tokenize', { prompt: '' })).body as unknown as { tokens: number[] };
    const { status, body } = await completeText({ prompt: '' });
    if (tokens.length === 0) expect(body.error.code).toBe('empty_prompt');
    else expect(status).toBe(200);
  });
});

describe('fields without effect', () => {
  test('are accepted, and the response names them', async () => {
    const fields = {
      store: true,
      service_tier: 'flex',
      prompt_cache_key: 'k',
      safety_identifier: 's',
      verbosity: 'low',
      metadata: { a: 'b' },
      parallel_tool_calls: true,
      messages: [
        {
          role: 'user',
          content: [{ type: 'text', text: 'hello', role: 'user', refusal: null }], // the form in which @openai/agents sends an answer back
          id: 'msg_1',
          opts: { visible: true },
          annotations: [{}],
          provider_specific_fields: { refusal: null }, // LiteLLM
        },
      ],
    };
    const plainResponse = await chat({});
    expect(plainResponse.ignored).toBeNull();
    const { status, ignored, body } = await chat(fields);
    expect(status).toBe(200);
    expect(ignored?.split(', ').sort()).toEqual([
      'messages.annotations',
      'messages.content.role',
      'messages.id',
      'messages.opts',
      'messages.provider_specific_fields',
      'metadata',
      'parallel_tool_calls',
      'prompt_cache_key',
      'safety_identifier',
      'service_tier',
      'store',
      'verbosity',
    ]);
    expect(body.choices).toEqual(plainResponse.body.choices);
    expect(body.usage.prompt_tokens).toBe(plainResponse.body.usage.prompt_tokens);
  });

  test('are also named in the response to a stream request', async () => {
    const { ignored } = await chat({
      stream: true,
      store: true,
      stream_options: { include_obfuscation: true },
    });
    expect(ignored).toBe('store, stream_options.include_obfuscation');
  });

  test.each([
    [{ tools: [{ type: 'function', function: { name: 'x' } }] }, 'tools'],
    [{ tool_choice: 'required' }, 'tool_choice'],
    [{ response_format: { type: 'json_object' } }, 'response_format'],
    [{ reasoning_effort: 'high' }, 'reasoning_effort'],
    [{ echo: true }, 'echo'],
    [{ ignore_eos: true }, 'ignore_eos'],
    [{ best_of: 2 }, 'best_of'],
    [{ extra_body: { top_k: 1 } }, 'extra_body'],
    [{ modalities: ['text', 'audio'] }, 'modalities'],
  ])('do not include %j: the request is rejected, and the error names the field', async (fields, param) => {
    const { status, body } = await chat(fields);
    expect([status, body.error.code, body.error.param]).toEqual([400, 'not_supported', param]);
  });
});

describe('sampling options with their HTTP names', () => {
  test('include stop_token_ids, min_tokens and bad_words', async () => {
    const plainAnswer = (await completeText({ max_tokens: 6, logprobs: 0 })).body;
    const tokens = tiny.engine.tokenizer.encode(plainAnswer.choices[0]!.text, { place: 'inside' });
    const stoppedAnswer = (await completeText({ max_tokens: 6, stop_token_ids: [...new Set(tokens)] })).body;
    expect(stoppedAnswer.usage.completion_tokens).toBe(1);
    const later = await completeText({ max_tokens: 6, min_tokens: 4, stop_token_ids: [...new Set(tokens)] });
    expect(later.body.usage.completion_tokens).toBeGreaterThanOrEqual(4);
    const word = plainAnswer.choices[0]!.text.trim().slice(0, 1);
    const without = await completeText({ max_tokens: 6, bad_words: [word] });
    expect(without.body.choices[0]!.text).not.toBe(plainAnswer.choices[0]!.text);
    expect((await completeText({ typical_p: 0.5, temperature: 1 })).status).toBe(200);
  });

  test('include max_tokens and max_completion_tokens, for which -1 means to fill the context', async () => {
    const { body } = await chat({ max_tokens: undefined });
    for (const fields of [{ max_tokens: -1 }, { max_tokens: undefined, max_completion_tokens: -1 }])
      expect((await chat({ ...fields, min_tokens: 2 })).body.usage).toMatchObject({
        completion_tokens: body.usage.completion_tokens,
      });
    expect((await chat({ max_tokens: -1, context_policy: 'truncate' })).status).toBe(200);
  });

  test.each([
    [{ stop_token_ids: [999_999] }, 'stop_token_ids', /stop_token_ids contains the unknown token id 999999/],
    [{ min_tokens: 9, max_tokens: 3 }, 'min_tokens', /min_tokens is 9.*max_tokens/],
    [{ typical_p: 2 }, 'typical_p', /at most 1/],
    [{ bad_words: 'x' }, 'bad_words', /at most 1024 non-empty texts/],
  ])('are named in the error for %j', async (fields, param, message) => {
    const { status, body } = await chat(fields);
    expect([status, body.error.code, body.error.param]).toEqual([400, 'bad_option', param]);
    expect(body.error.message).toMatch(message);
  });
});

describe('messages of a client', () => {
  test('may include a received answer, and a system message with the role system or developer', async () => {
    const client: OpenAI = openaiClient(tiny);
    const model = 'gpt-4o';
    for (const role of ['system', 'developer'] as const) {
      const messages: OpenAI.ChatCompletionMessageParam[] = [
        { role, content: 'Be kind.' },
        { role: 'user', content: 'hello' },
      ];
      const first = await client.chat.completions.create({ model, messages, max_tokens: 3 });
      messages.push(first.choices[0]!.message, { role: 'user', content: 'and on' });
      const second = await client.chat.completions.create({ model, messages, max_tokens: 3 });
      expect(second.choices).toHaveLength(1);
      expect(first.model).toBe(tiny.engine.info.model); // the model that answered
    }
  });

  test('with the role developer have the same tokens as with the role system', async () => {
    const tokens = async (role: string): Promise<unknown> =>
      (await post('/tokenize', { messages: [{ role, content: 'Be kind.' }, ...MESSAGES] })).body;
    expect(await tokens('developer')).toEqual(await tokens('system'));
  });
});

test('a server with one model accepts every model name and reports the actual name', async () => {
  const id = tiny.engine.info.model;
  for (const path of ['/v1/chat/completions', '/v1/completions', '/tokenize']) {
    const body = path.endsWith('chat/completions') ? CHAT : { prompt: 'hello' };
    for (const model of ['dummy', 'gpt-3.5-turbo', 'default', '../x']) {
      const { status, ignored } = await post(path, { ...body, model });
      expect([status, ignored]).toEqual([200, 'model']);
    }
    const { ignored } = await post(path, { ...body, model: id });
    expect(ignored).toBeNull();
  }
  expect((await chat({ model: 'dummy' })).body.model).toBe(id);
  expect((await fetch(`${tiny.url}/v1/models/dummy`)).status).toBe(404);
});

describe('a body compressed with', () => {
  const send = (encoding: string, body: Buffer, path = '/v1/chat/completions'): Promise<Response> =>
    postJson(tiny.url + path, body, { 'content-encoding': encoding });
  const text = JSON.stringify(CHAT);

  test.each([
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['GZIP', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
    ['identity', Buffer.from(text)],
  ])('%s is accepted', async (encoding, body) => {
    expect((await send(encoding, body)).status).toBe(200);
  });

  test.each(['zstd', 'gzip, gzip', 'compress', 'constructor'])(
    '%s is rejected, and the error names the encoding',
    async (encoding) => {
      const response = await send(encoding, gzipSync(text));
      const { error } = (await response.json()) as Answer['body'];
      expect([response.status, error.code]).toEqual([415, 'bad_message']);
      expect(error.message).toContain(encoding);
      expect(error.message).toContain('gzip, deflate or br');
    },
  );

  test('an encoding other than that in the header is rejected', async () => {
    for (const encoding of ['gzip', 'deflate', 'br']) {
      const response = await send(encoding, Buffer.from(text));
      const { error } = (await response.json()) as Answer['body'];
      expect([response.status, error.code]).toEqual([400, 'bad_message']);
      expect(error.message).toContain('Content-Encoding');
    }
    expect((await send('gzip', gzipSync(text).subarray(0, 30))).status).toBe(400);
  });

  test('gzip is rejected if the decompressed body exceeds the size limit', async () => {
    const compressed = gzipSync(Buffer.alloc(128 * 1024 * 1024, 0x20), { level: 1 });
    expect(compressed.length).toBeLessThan(BODY_LIMIT_BYTES);
    const response = await send('gzip', compressed);
    const { error } = (await response.json()) as Answer['body'];
    expect([response.status, error.code]).toEqual([413, 'body_too_large']);
    expect((await send('gzip', gzipSync(text))).status).toBe(200);
  });
});

describe('a model without a chat template', () => {
  let url: string;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    const { template: _, ...model } = await loadModel({
      model: fixture('tiny-gpt2'),
      backend: 'reference',
    });
    const engine = await Engine.create(model as Parameters<typeof Engine.create>[0]);
    const server = await serveEngine({ engine, host: '127.0.0.1', port: 0 });
    url = server.url;
    stop = async () => {
      await server.close();
      await engine.dispose();
    };
  });

  afterAll(() => stop());

  test('completes texts and is included in the list of models', async () => {
    const { status, body } = await post('/v1/completions', { prompt: 'Once upon', max_tokens: 3 }, url);
    expect(status).toBe(200);
    expect(body.choices[0]!.text).not.toBe('');
    expect((await fetch(`${url}/v1/models`)).status).toBe(200);
    const health = (await (await fetch(`${url}/health`)).json()) as { chatTemplate: boolean };
    expect(health).toMatchObject({ status: 'ok', chatTemplate: false });
    expect(await (await fetch(`${tiny.url}/health`)).json()).toMatchObject({ chatTemplate: true });
  });

  test.each(['/v1/chat/completions', '/apply-template', '/tokenize'])(
    'causes the error no_chat_template at %s',
    async (path) => {
      const { status, body } = await post(path, { messages: MESSAGES }, url);
      expect([status, body.error.code]).toEqual([400, 'no_chat_template']);
    },
  );

  test('causes the error no_chat_template at the chat socket', async () => {
    const client = await ChatClient.open(url);
    await expect(client.ask('hello', { conversation: 'new' })).rejects.toThrow('no_chat_template');
    await client.close();
  });
});
