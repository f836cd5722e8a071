// POST /tokenize, /detokenize and /apply-template: what the model reads, and what its tokens say, under the names
// that vLLM and llama.cpp use.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { QuireError } from '../../../base/errors.ts';
import type { TokenCompleter } from '../../../completion/completer.ts';
import { noChatTemplate } from '../../../completion/no-chat-template.ts';
import type { ChatRenderer } from '../../../completion/token-text.ts';
import { answeringModel } from '../../http/bodies/ignored-header.ts';
import { optional, readRequest } from '../../http/bodies/read-body.ts';
import { tokenIdsSchema } from '../../http/bodies/token-id-schemas.ts';
import { parameterError } from '../../http/errors/parameter-error.ts';
import { documentedBody } from '../../http/openapi/documented-body.ts';
import type { RouteDescription } from '../../http/openapi/route-description.ts';
import { jsonStream, LongList } from '../../http/responses/json-stream.ts';
import type { ApiContext } from '../../http/server-context.ts';
import { DETOKENIZE_FIELDS, TEMPLATE_FIELDS, TOKENIZE_FIELDS } from '../openai/compatibility-fields.ts';
import { chatMessages, messagesSchema, readWithMessages } from '../openai/messages.ts';

const model = optional(z.string()).describe('a name of /v1/models; the only model when absent');
const begin = optional(z.boolean()).describe('true (the default) to end with what begins an answer');

const tokenizeSchema = z.strictObject({
  model,
  prompt: optional(z.string()).describe('a text; this or "messages"'),
  messages: optional(messagesSchema).describe('messages as for /v1/chat/completions; these or "prompt"'),
  add_special_tokens: optional(z.boolean()).describe(
    'true (the default) to begin a prompt as the model wants it',
  ),
  add_generation_prompt: begin,
  return_token_strs: optional(z.boolean()).describe('true for the spelling of each token too'),
});

const detokenizeSchema = z.strictObject({
  model,
  tokens: tokenIdsSchema.describe('token ids'),
});

const templateSchema = z.strictObject({ model, messages: messagesSchema, add_generation_prompt: begin });

const ERRORS = [400, 401, 403, 404, 413, 422, 503];

const TOKENIZE: RouteDescription = {
  summary: 'The token ids of a text, or of messages',
  tag: 'tokens',
  body: documentedBody(tokenizeSchema, TOKENIZE_FIELDS),
  answers: {
    200: {
      description: 'ids and how many they are',
      content: {
        'application/json': z.strictObject({
          tokens: z.array(z.int()),
          count: z.int(),
          max_model_len: z.int(),
          token_strs: z.array(z.string()).optional(),
        }),
      },
    },
  },
  errors: ERRORS,
};

const DETOKENIZE: RouteDescription = {
  summary: 'The text of token ids',
  tag: 'tokens',
  body: detokenizeSchema,
  answers: {
    200: {
      description: 'the text; control tokens are spelled out',
      content: { 'application/json': z.strictObject({ prompt: z.string() }) },
    },
  },
  errors: ERRORS,
};

const TEMPLATE: RouteDescription = {
  summary: 'Messages as the chat template renders them',
  tag: 'tokens',
  body: documentedBody(templateSchema, TEMPLATE_FIELDS),
  answers: {
    200: {
      description: 'the rendering',
      content: { 'application/json': z.strictObject({ prompt: z.string() }) },
    },
  },
  errors: ERRORS,
};

export function tokensRoutes(app: FastifyInstance, { models, drain }: ApiContext): void {
  app.post('/tokenize', { config: { api: TOKENIZE, counted: true } }, async ({ body }, reply) => {
    const read = readWithMessages(tokenizeSchema, body, TOKENIZE_FIELDS);
    const { asked } = read;
    const { completer } = answeringModel(reply, models, read);
    const tokens = await tokenize(completer, asked, drain.signalFor(reply).signal);
    const spelled = new LongList(tokens, (token) => completer.tokenizer.piece(token));
    return reply.type('application/json; charset=utf-8').send(
      jsonStream({
        tokens: new LongList(tokens),
        count: tokens.length,
        max_model_len: completer.contextLength,
        ...(asked.return_token_strs === true ? { token_strs: spelled } : {}),
      }),
    );
  });
  app.post('/detokenize', { config: { api: DETOKENIZE, counted: true } }, async ({ body }, reply) => {
    const read = readRequest(detokenizeSchema, body, DETOKENIZE_FIELDS);
    const { asked } = read;
    const { tokenizer } = answeringModel(reply, models, read).completer;
    const bad = asked.tokens.find((token) => token >= tokenizer.vocabSize);
    if (bad === undefined) return { prompt: await tokenizer.decodeRawAsync(asked.tokens) };
    const hint = `ids are whole numbers from 0 to ${tokenizer.vocabSize - 1}`;
    throw parameterError('bad_token', 'tokens', `${bad} is no token id`, hint);
  });
  app.post('/apply-template', { config: { api: TEMPLATE, counted: true } }, async ({ body }, reply) => {
    const read = readWithMessages(templateSchema, body, TEMPLATE_FIELDS);
    const { asked } = read;
    const { completer } = answeringModel(reply, models, read);
    const addGenerationPrompt = asked.add_generation_prompt ?? true;
    const { signal } = drain.signalFor(reply);
    const options = { addGenerationPrompt, signal };
    return { prompt: await templateOf(completer).renderAsync(chatMessages(asked.messages), options) };
  });
}

async function tokenize(
  completer: TokenCompleter,
  asked: z.output<typeof tokenizeSchema>,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const { prompt, messages } = asked;
  if ((prompt === undefined) === (messages === undefined)) {
    const hint = 'send "prompt" for a text, or "messages" for a conversation';
    throw new QuireError('bad_message', 'the body has neither "prompt" nor "messages", or both', hint);
  }
  if (prompt !== undefined) {
    if (asked.add_generation_prompt !== undefined) throw misplaced('add_generation_prompt', 'messages');
    return asked.add_special_tokens === false
      ? completer.tokenizer.encodeAsync(prompt, { signal })
      : completer.tokenizer.encodePromptAsync(prompt, { signal });
  }
  if (asked.add_special_tokens !== undefined) throw misplaced('add_special_tokens', 'prompt');
  const addGenerationPrompt = asked.add_generation_prompt ?? true;
  const options = { addGenerationPrompt, signal };
  return (await templateOf(completer).encodeAsync(chatMessages(messages!), options)).tokens;
}

const misplaced = (name: string, other: string): QuireError =>
  parameterError('bad_option', name, `"${name}" came without "${other}"`, 'leave it out');

function templateOf({ template, info }: TokenCompleter): ChatRenderer {
  if (template === undefined) throw noChatTemplate(info.model);
  return template;
}
