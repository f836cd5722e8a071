// Tests the API with OpenAI's official client: complete and streamed answers, usage, several choices, log-probabilities, errors by
// class and code, and disconnects.

import OpenAI from 'openai';
import { beforeAll, describe, expect, test } from 'vitest';
import type { GenerationResult } from '../../src/completion/generation.ts';
import { postJson } from '../support/server/http-calls.ts';
import { collect, openaiCalls, openaiClient } from '../support/server/openai-client.ts';
import { ENDLESS_PROMPT, startTinyServer, tinyServerForTests } from '../support/server/tiny-server.ts';

const tiny = tinyServerForTests({ stepTokens: 16 });
let client: OpenAI;
let model: string;
let ask: ReturnType<typeof openaiCalls>['ask'];
let follow: ReturnType<typeof openaiCalls>['follow'];

beforeAll(async () => {
  client = openaiClient(tiny);
  model = tiny.engine.info.model;
  ({ ask, follow } = openaiCalls(client, model));
});

const textOf = (chunks: readonly OpenAI.ChatCompletionChunk[], index = 0): string =>
  chunks
    .flatMap(({ choices }) => choices)
    .map((choice) => (choice.index === index ? (choice.delta.content ?? '') : ''))
    .join('');

test('models can be listed and retrieved', async () => {
  const models = await collect(await client.models.list());
  expect(models.map(({ id }) => id)).toEqual([model]);
  expect(await client.models.retrieve(model)).toMatchObject({
    id: model,
    object: 'model',
    owned_by: 'quire',
  });
  await expect(client.models.retrieve('another/model')).rejects.toMatchObject({
    constructor: OpenAI.NotFoundError,
    code: 'model_not_found',
    param: 'model',
  });
});

test('messages beyond the context are rejected, or truncated with a report', async () => {
  const turns = Array.from({ length: 12 }, (_, i) => [
    { role: 'user' as const, content: `question ${i}` },
    { role: 'assistant' as const, content: `answer ${i}` },
  ]);
  const messages = [{ role: 'system' as const, content: 'short' }, ...turns.flat().slice(0, -1)];
  const ask = (parameters: object) =>
    client.chat.completions.create({ model, messages, max_tokens: 4, temperature: 0, ...parameters });
  await expect(ask({})).rejects.toMatchObject({ code: 'context_length_exceeded' });
  const policy = { context_policy: 'truncate' } as object;
  const truncated = (await ask(policy)) as OpenAI.ChatCompletion & {
    context_report: { dropped_messages: number };
  };
  const { dropped_messages: dropped } = truncated.context_report;
  expect(dropped).toBeGreaterThan(0);
  const remaining = [messages[0]!, ...messages.slice(1 + dropped)];
  const { tokens } = await tiny.engine.encodeChat(remaining);
  expect(truncated.usage!.prompt_tokens).toBe(tokens.length);
  const chunks = await collect(
    await client.chat.completions.create({
      model,
      messages,
      max_tokens: 4,
      temperature: 0,
      ...policy,
      stream: true,
    }),
  );
  expect(chunks.filter((chunk) => 'context_report' in chunk)).toEqual([
    expect.objectContaining({ context_report: truncated.context_report }),
  ]);
  expect(textOf(chunks)).toBe(truncated.choices[0]!.message.content);
});

describe('a chat completion', () => {
  test('reports the numbers of its tokens and of cached tokens', async () => {
    const first = await ask('whole');
    expect(first).toMatchObject({
      object: 'chat.completion',
      model,
      system_fingerprint: expect.stringMatching(/^fp_/),
    });
    const { tokens } = await tiny.engine.encodeChat([{ role: 'user', content: 'whole' }]);
    expect(first.usage).toMatchObject({ prompt_tokens: tokens.length });
    const { completion_tokens: generated } = first.usage!;
    expect(first.usage?.total_tokens).toBe(tokens.length + generated);
    expect(first.choices).toEqual([
      {
        index: 0,
        message: { role: 'assistant', content: expect.any(String), refusal: null },
        logprobs: null,
        finish_reason: generated === 12 ? 'length' : 'stop',
      },
    ]);
    const again = await ask('whole');
    expect(again.choices).toEqual(first.choices);
    expect(again.usage?.prompt_tokens_details?.cached_tokens).toBe(tokens.length - 1);
  });

  test('as a stream starts with the role, ends with the finish reason, and has the text of the plain response', async () => {
    const { choices } = await ask('pieces');
    const chunks = await collect(await follow('pieces'));
    expect(textOf(chunks)).toBe(choices[0]!.message.content);
    expect(chunks[0]!.choices[0]!.delta).toEqual({ role: 'assistant', content: '' });
    expect(chunks.at(-1)!.choices[0]).toMatchObject({ delta: {}, finish_reason: choices[0]!.finish_reason });
    expect(chunks.slice(0, -1).every((chunk) => chunk.choices[0]!.finish_reason === null)).toBe(true);
    expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  });

  test('as a stream with usage reports the usage in a last chunk without choices, and null in earlier chunks', async () => {
    const chunks = await collect(await follow('usage', { stream_options: { include_usage: true } }));
    const last = chunks.pop()!;
    expect(chunks.every(({ usage }) => usage === null)).toBe(true);
    expect(last.choices).toEqual([]);
    expect(last.usage).toMatchObject({
      prompt_tokens: expect.any(Number),
      prompt_tokens_details: { cached_tokens: expect.any(Number) },
    });
  });

  test("as a stream is assembled by the helper of OpenAI's client", async () => {
    const request = {
      model,
      messages: [{ role: 'user' as const, content: 'helper' }],
      max_tokens: 12,
      temperature: 0,
    };
    const { choices } = await ask('helper');
    const assembled = await client.chat.completions.stream(request).finalChatCompletion();
    expect(assembled.choices[0]).toMatchObject({
      finish_reason: choices[0]!.finish_reason,
      message: { role: 'assistant', content: choices[0]!.message.content },
    });
  });

  test('as a stream consists of data lines, empty lines and [DONE]', async () => {
    const body = { messages: [{ role: 'user', content: 'wire' }], max_tokens: 3, stream: true };
    const response = await post('/v1/chat/completions', body);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    const events = (await response.text()).split('\n\n');
    expect(events.pop()).toBe('');
    expect(events.pop()).toBe('data: [DONE]');
    for (const event of events) expect(event).toMatch(/^data: \{.*\}$/);
  });

  test('with several choices counts the prompt once and has different answers', async () => {
    const options = { n: 3, temperature: 1, seed: 7 };
    const { choices, usage } = await ask('several', options);
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(new Set(choices.map(({ message }) => message.content)).size).toBeGreaterThan(1);
    const singleChoice = await ask('several');
    expect(usage?.prompt_tokens).toBe(singleChoice.usage?.prompt_tokens);
    expect(usage?.completion_tokens).toBeGreaterThan(12);
    const chunks = await collect(await follow('several', options));
    for (const { index, message } of choices) expect(textOf(chunks, index)).toBe(message.content);
    const ends = chunks.flatMap((chunk) => chunk.choices).filter((choice) => choice.finish_reason !== null);
    expect(ends.map(({ index }) => index).sort()).toEqual([0, 1, 2]);
  });

  test('has log-probabilities of each token, as one response and as a stream', async () => {
    const parameters = { logprobs: true, top_logprobs: 2 };
    const { choices, usage } = await ask('likely', parameters);
    const content = choices[0]!.logprobs!.content!;
    expect(content).toHaveLength(usage!.completion_tokens);
    for (const { token, logprob, bytes, top_logprobs } of content) {
      expect(top_logprobs).toHaveLength(2);
      expect(top_logprobs[0]).toEqual({ token, logprob, bytes }); // temperature 0 selects the most likely token
    }
    const chunks = await collect(await follow('likely', parameters));
    const streamed = chunks.flatMap((chunk) => chunk.choices[0]!.logprobs?.content ?? []);
    expect(streamed).toEqual(content);
  });

  test('applies stop, seed, logit_bias and max_tokens', async () => {
    const plainAnswer = (await ask('options')).choices[0]!.message.content!;
    const stop = plainAnswer.slice(1, 3);
    const stoppedAnswer = (await ask('options', { stop })).choices[0]!;
    expect(stoppedAnswer).toMatchObject({
      finish_reason: 'stop',
      message: { content: plainAnswer.slice(0, plainAnswer.indexOf(stop)) },
    });
    const seeds = [1, 1, 2].map((seed) => ask('options', { seed, temperature: 1.5 }));
    const [first, sameSeed, otherSeed] = (await Promise.all(seeds)).map(
      ({ choices }) => choices[0]!.message.content,
    );
    expect(first).toBe(sameSeed);
    expect(first).not.toBe(otherSeed);
    const logprobs = (await ask('options', { logprobs: true, max_tokens: 1 })).choices[0]!.logprobs!
      .content![0]!;
    const [id] = tiny.engine.tokenizer.encode(logprobs.token);
    const biased = await ask('options', { logit_bias: { [id!]: -100 }, max_tokens: 1, logprobs: true });
    expect(biased.choices[0]!.logprobs!.content![0]!.token).not.toBe(logprobs.token);
    const empty = await ask('options', { max_tokens: 0 });
    expect(empty.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: '' } });
  });

  test('joins the text parts of a message', async () => {
    const parts = [
      { type: 'text' as const, text: 'par' },
      { type: 'text' as const, text: 'ts' },
    ];
    const { usage } = await client.chat.completions.create({
      model,
      messages: [{ role: 'user', content: parts }],
      max_tokens: 1,
    });
    expect(usage?.prompt_tokens).toBe((await ask('parts', { max_tokens: 1 })).usage?.prompt_tokens);
  });

  test('reports where cached tokens were found, and why no more were found', async () => {
    const cacheReport = async (content: string, parameters: object = {}) => {
      const answer = await ask(content, { cache_report: true, ...parameters } as object);
      return (answer as unknown as { cache_report: Record<string, unknown> }).cache_report;
    };
    const text = 'a report that is long enough for a block';
    const firstReport = await cacheReport(text);
    expect(firstReport).toMatchObject({ running_tokens: 0, disk_tokens: 0, miss: expect.any(String) });
    const secondReport = await cacheReport(text);
    expect(secondReport).toEqual({ running_tokens: 0, disk_tokens: 0, memory_tokens: expect.any(Number) });
    expect(await cacheReport(text, { cache_salt: 'mine' })).toMatchObject({
      memory_tokens: 0,
      miss: 'nothing_in_common',
    });
    const chunks = await collect(await follow(text, { cache_report: true } as object));
    expect(chunks.filter((chunk) => 'cache_report' in chunk)).toEqual([chunks.at(-1)]);
  });
});

describe('a text completion', () => {
  test('accepts a text, token ids and several prompts', async () => {
    const options = { model, max_tokens: 6, temperature: 0, logprobs: 1 };
    const fromText = await client.completions.create({ ...options, prompt: 'once' });
    expect(fromText).toMatchObject({
      object: 'text_completion',
      choices: [{ index: 0, text: expect.any(String) }],
    });
    const { tokens } = (await (await post('/tokenize', { prompt: 'once' })).json()) as { tokens: number[] };
    expect(fromText.usage?.prompt_tokens).toBe(tokens.length);
    const fromIds = await client.completions.create({ ...options, prompt: tokens });
    expect(fromIds.choices).toEqual(fromText.choices);
    const fromTwoPrompts = await client.completions.create({ ...options, prompt: ['once', 'twice'], n: 2 });
    expect(fromTwoPrompts.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(fromTwoPrompts.choices[1]!.text).toBe(fromText.choices[0]!.text);
    const { tokens: tokenTexts, text_offset } = fromText.choices[0]!.logprobs!;
    expect(tokenTexts).toHaveLength(fromText.usage!.completion_tokens);
    expect(text_offset![0]).toBe(0);
  });

  test('as a stream has the text and the offsets of the plain response', async () => {
    const request = { model, prompt: 'once', max_tokens: 6, temperature: 0, logprobs: 1 };
    const { choices } = await client.completions.create(request);
    const chunks = await collect(await client.completions.create({ ...request, stream: true }));
    expect(chunks.map((chunk) => chunk.choices[0]!.text).join('')).toBe(choices[0]!.text);
    expect(chunks.at(-1)!.choices[0]!.finish_reason).toBe(choices[0]!.finish_reason);
    const offsets = chunks.flatMap((chunk) => chunk.choices[0]!.logprobs?.text_offset ?? []);
    expect(offsets).toEqual(choices[0]!.logprobs!.text_offset);
  });
});

const post = (path: string, body: unknown): Promise<Response> => postJson(tiny.url + path, body);

test('/tokenize, /detokenize and /apply-template return consistent tokens and texts', async () => {
  const messages = [{ role: 'user', content: 'hello' }];
  const ids = (await (await post('/tokenize', { messages, return_token_strs: true })).json()) as {
    tokens: number[];
    token_strs: string[];
  };
  expect(ids.tokens).toEqual(await tiny.engine.encode({ messages: [{ role: 'user', content: 'hello' }] }));
  expect(ids.token_strs).toHaveLength(ids.tokens.length);
  const { prompt } = (await (await post('/apply-template', { messages })).json()) as { prompt: string };
  expect(await (await post('/detokenize', { tokens: ids.tokens })).json()).toEqual({ prompt });
});

describe('a client that disconnects', () => {
  test.each([
    ['during a stream', true],
    ['while it waits for a complete answer', false],
  ])('%s releases its sequences, and the computed tokens stay cached', async (_name, stream) => {
    const slow = await startTinyServer({ stepTokens: 2 });
    const ends: GenerationResult[] = [];
    slow.engine.observe({ onEnd: (end) => 'result' in end && ends.push(end.result) });
    const controller = new AbortController();
    const pendingRequest = openaiClient(slow)
      .chat.completions.create(
        { model, messages: [{ role: 'user', content: ENDLESS_PROMPT }], temperature: 0, n: 2, stream },
        { signal: controller.signal },
      )
      .then(async (answer) => {
        if (stream) for await (const _ of answer as AsyncIterable<unknown>) controller.abort();
      })
      .catch((error: unknown) => error);
    if (!stream) {
      await expect.poll(() => slow.engine.counters.running, { interval: 1 }).toBeGreaterThan(0);
      controller.abort();
    }
    await pendingRequest;
    await expect.poll(() => slow.engine.counters.running + slow.engine.counters.waiting).toBe(0);
    await expect.poll(() => ends.map(({ finishReason }) => finishReason)).toEqual(['cancelled', 'cancelled']);
    expect(ends[0]!.generatedTokens).toBeLessThan(90);
    expect(slow.engine.kvUsage.reservedBytes).toBe(0);
    expect(slow.engine.kvUsage.cachedBytes).toBeGreaterThan(0);
    await slow.stop();
  });

  test('does not affect later requests', async () => {
    expect(tiny.engine.counters).toMatchObject({ running: 0, waiting: 0 });
    expect((await ask('still here')).choices).toHaveLength(1);
  });
});
