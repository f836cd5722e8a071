// Tests the errors of the API with OpenAI's official client: class, code, parameter and hint.

import OpenAI from 'openai';
import { beforeAll, describe, expect, test } from 'vitest';
import { collect, openaiCalls, openaiClient } from '../support/server/openai-client.ts';
import { ENDLESS_PROMPT, startTinyServer, tinyServerForTests } from '../support/server/tiny-server.ts';

const tiny = tinyServerForTests({ stepTokens: 16 });
let client: OpenAI;
let model: string;
let ask: ReturnType<typeof openaiCalls>['ask'];
let follow: ReturnType<typeof openaiCalls>['follow'];

/** One more logit bias than a request may contain. */
const TOO_MANY_BIASES = Object.fromEntries(Array.from({ length: 1025 }, (_, token) => [token, 1]));

beforeAll(async () => {
  client = openaiClient(tiny);
  model = tiny.engine.info.model;
  ({ ask, follow } = openaiCalls(client, model));
});

describe('a request', () => {
  const invalidRequests: readonly [string, object, string, string | null, RegExp][] = [
    ['an unknown parameter', { max_token: 3 }, 'unknown_option', 'max_token', /did you mean "max_tokens"/],
    ['tools', { tools: [{ type: 'function', function: { name: 'x' } }] }, 'not_supported', 'tools', /tools/],
    ['a tool choice', { tool_choice: 'required' }, 'not_supported', 'tool_choice', /tool_choice/],
    ['functions', { functions: [{ name: 'f' }] }, 'not_supported', 'functions', /functions/],
    ['audio', { audio: { voice: 'a', format: 'wav' } }, 'not_supported', 'audio', /audio/],
    [
      'a response format',
      { response_format: { type: 'json_object' } },
      'not_supported',
      'response_format',
      /json_object/,
    ],
    ['a temperature out of range', { temperature: -1 }, 'bad_option', 'temperature', /0 to 100/],
    ['no choices', { n: 0 }, 'bad_option', 'n', /1 to 128/],
    ['a bias for an unknown token', { logit_bias: { 99999: 1 } }, 'bad_option', 'logit_bias', /99999/],
    [
      'a priority without priority scheduling',
      { priority: 3 },
      'bad_option',
      'priority',
      /--scheduling priority/,
    ],
    ['a priority out of range', { priority: 101 }, 'bad_option', 'priority', /from -100 to 100/],
    ['too many biases', { logit_bias: TOO_MANY_BIASES }, 'bad_option', 'logit_bias', /more than 1024/],
    ['top_logprobs without logprobs', { top_logprobs: 2 }, 'bad_option', 'top_logprobs', /"logprobs": true/],
    [
      'stream options without stream',
      { stream_options: { include_usage: true } },
      'bad_option',
      'stream_options',
      /"stream": true/,
    ],
    [
      'two different token limits',
      { max_completion_tokens: 3 },
      'bad_option',
      'max_completion_tokens',
      /same meaning/,
    ],
    ['an unknown context policy', { context_policy: 'forget' }, 'bad_option', 'context_policy', /truncate/],
    ['no messages', { messages: [] }, 'bad_option', 'messages', /1 to 2048/],
    [
      'an image',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] },
      'not_supported',
      'messages.0.content.0.type',
      /image_url/,
    ],
    [
      'a tool message',
      { messages: [{ role: 'tool', content: 'x', tool_call_id: 'y' }] },
      'not_supported',
      'messages.0.role',
      /tool calls/,
    ],
    [
      'an unknown field of a message',
      { messages: [{ role: 'user', contents: 'x' }] },
      'unknown_option',
      'messages.0.contents',
      /did you mean "content"/,
    ],
  ];

  test.each(invalidRequests)(
    'with %s is rejected, and the error names the field',
    async (_name, parameters, code, param, message) => {
      const error = await ask('x', parameters).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      expect(error).toMatchObject({ status: 400, code, param, type: 'invalid_request_error' });
      expect((error as Error).message).toMatch(message);
    },
  );

  test('with null fields is answered like a request without these fields', async () => {
    const nulls = { tools: null, tool_choice: null, stop: null, seed: null, n: null, audio: null };
    expect((await ask('nulls', nulls as object)).choices).toHaveLength(1);
  });

  test('for an unknown model fails with 404', async () => {
    await expect(client.models.retrieve('gpt-4o')).rejects.toMatchObject({
      constructor: OpenAI.NotFoundError,
      status: 404,
      code: 'model_not_found',
      param: 'model',
    });
  });

  test('with a prompt beyond the context fails with an error that states its tokens and the limit, even for a stream', async () => {
    const longPrompt = 'word '.repeat(400);
    const expectedError = {
      constructor: OpenAI.BadRequestError,
      code: 'context_length_exceeded',
      message: expect.stringMatching(/at least \d{3,} tokens.* 128/),
    };
    await expect(ask(longPrompt)).rejects.toMatchObject(expectedError);
    await expect(follow(longPrompt)).rejects.toMatchObject(expectedError);
  });

  test('to an unknown route fails with 404', async () => {
    await expect(client.moderations.create({ input: 'x' })).rejects.toMatchObject({
      constructor: OpenAI.NotFoundError,
      code: 'not_found',
      message: expect.stringContaining('/v1/moderations'),
    });
  });

  test('of the Responses API is told to use chat completions', async () => {
    await expect(client.responses.create({ model, input: 'x' })).rejects.toMatchObject({
      constructor: OpenAI.NotFoundError,
      message: expect.stringMatching(/there is no POST \/v1\/responses; .*\/v1\/chat\/completions$/),
    });
  });

  test('whose answer fails during a stream receives an error event', async () => {
    const otherServer = await startTinyServer({ stepTokens: 1 });
    const runningRequest = await openaiClient(otherServer).chat.completions.create({
      model,
      messages: [{ role: 'user', content: ENDLESS_PROMPT }],
      stream: true,
    });
    const streamError = collect(runningRequest).catch((error: unknown) => error);
    await otherServer.engine.dispose();
    const error = await streamError;
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ code: 'model_unloaded', status: undefined });
    await otherServer.server.close();
  });
});
