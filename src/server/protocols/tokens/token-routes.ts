// POST /tokenize returns the tokens of a text or of messages, POST /detokenize the text of token ids, and POST
// /apply-template the prompt that the chat template creates from messages. The parameter names are those of vLLM and
// llama.cpp.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { QuireError } from '../../../base/errors.ts';
import type { TokenCompleter } from '../../../completion/completer.ts';
import { noChatTemplateError } from '../../../completion/no-chat-template-error.ts';
import type { ChatRenderer } from '../../../completion/token-text.ts';
import { selectModel } from '../../http/bodies/ignored-header.ts';
import { optional, readRequest } from '../../http/bodies/read-body.ts';
import { tokenIdsSchema } from '../../http/bodies/token-id-schemas.ts';
import { parameterError } from '../../http/errors/parameter-error.ts';
import { documentedBody } from '../../http/openapi/documented-body.ts';
import type { RouteDescription } from '../../http/openapi/route-description.ts';
import { jsonStream, StreamedList } from '../../http/responses/json-stream.ts';
import type { ServerContext } from '../../http/server-context.ts';
import { modelParameter as model } from '../openai/common-parameters.ts';
import { DETOKENIZE_FIELDS, TEMPLATE_FIELDS, TOKENIZE_FIELDS } from '../openai/compatibility-fields.ts';
import { chatMessages, messagesSchema, readWithMessages } from '../openai/messages.ts';

const generationPrompt = optional(z.boolean()).describe(
  'true (the default) to append the tokens that begin an answer',
);

const tokenizeSchema = z.strictObject({
  model,
  prompt: optional(z.string()).describe('a text; required unless "messages" is present'),
  messages: optional(messagesSchema).describe('messages as for /v1/chat/completions, in place of "prompt"'),
  add_special_tokens: optional(z.boolean()).describe(
    'true (the default) to add the special tokens that the model expects around a prompt',
  ),
  add_generation_prompt: generationPrompt,
  return_token_strs: optional(z.boolean()).describe('true to also return the text of each token'),
});

const detokenizeSchema = z.strictObject({
  model,
  tokens: tokenIdsSchema.describe('token ids'),
});

const templateSchema = z.strictObject({
  model,
  messages: messagesSchema,
  add_generation_prompt: generationPrompt,
});

const ERRORS = [400, 401, 403, 404, 413, 422, 503];

const TOKENIZE: RouteDescription = {
  summary: 'Tokenize a text or messages',
  tag: 'tokens',
  body: documentedBody(tokenizeSchema, TOKENIZE_FIELDS),
  responses: {
    200: {
      description: 'the token ids and their number',
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
  summary: 'Decode token ids',
  tag: 'tokens',
  body: detokenizeSchema,
  responses: {
    200: {
      description: 'the text; control tokens are included as their strings',
      content: { 'application/json': z.strictObject({ prompt: z.string() }) },
    },
  },
  errors: ERRORS,
};

const APPLY_TEMPLATE: RouteDescription = {
  summary: 'Apply the chat template to messages',
  tag: 'tokens',
  body: documentedBody(templateSchema, TEMPLATE_FIELDS),
  responses: {
    200: {
      description: 'the rendered prompt',
      content: { 'application/json': z.strictObject({ prompt: z.string() }) },
    },
  },
  errors: ERRORS,
};

export function tokenRoutes(app: FastifyInstance, { models, drain }: ServerContext): void {
  app.post('/tokenize', { config: { api: TOKENIZE, countsAsRequest: true } }, async ({ body }, reply) => {
    const parsed = readWithMessages(tokenizeSchema, body, TOKENIZE_FIELDS);
    const { completer } = selectModel(reply, models, parsed);
    const tokens = await tokenize(completer, parsed.parameters, drain.signalFor(reply).signal);
    const strings = new StreamedList(tokens, (token) => completer.tokenizer.piece(token));
    return reply.type('application/json; charset=utf-8').send(
      jsonStream({
        tokens: new StreamedList(tokens),
        count: tokens.length,
        max_model_len: completer.contextLength,
        ...(parsed.parameters.return_token_strs === true ? { token_strs: strings } : {}),
      }),
    );
  });
  app.post('/detokenize', { config: { api: DETOKENIZE, countsAsRequest: true } }, async ({ body }, reply) => {
    const parsed = readRequest(detokenizeSchema, body, DETOKENIZE_FIELDS);
    const { tokens } = parsed.parameters;
    const { tokenizer } = selectModel(reply, models, parsed).completer;
    const invalid = tokens.find((token) => token >= tokenizer.vocabSize);
    if (invalid === undefined) return { prompt: await tokenizer.decodeRawAsync(tokens) };
    const hint = `use whole numbers from 0 to ${tokenizer.vocabSize - 1}`;
    throw parameterError('bad_token', 'tokens', `${invalid} is not a token id of this model`, hint);
  });
  app.post(
    '/apply-template',
    { config: { api: APPLY_TEMPLATE, countsAsRequest: true } },
    async ({ body }, reply) => {
      const parsed = readWithMessages(templateSchema, body, TEMPLATE_FIELDS);
      const { messages, add_generation_prompt: addGenerationPrompt = true } = parsed.parameters;
      const { completer } = selectModel(reply, models, parsed);
      const { signal } = drain.signalFor(reply);
      const options = { addGenerationPrompt, signal };
      return { prompt: await templateOf(completer).renderAsync(chatMessages(messages), options) };
    },
  );
}

async function tokenize(
  completer: TokenCompleter,
  parameters: z.output<typeof tokenizeSchema>,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const { prompt, messages, add_special_tokens, add_generation_prompt } = parameters;
  if ((prompt === undefined) === (messages === undefined)) {
    const message = `the body has ${prompt === undefined ? 'neither "prompt" nor' : 'both "prompt" and'} "messages"`;
    throw new QuireError(
      'bad_message',
      message,
      'send "prompt" for a text, or "messages" for a conversation',
    );
  }
  if (prompt !== undefined) {
    if (add_generation_prompt !== undefined) throw requiresError('add_generation_prompt', 'messages');
    return add_special_tokens === false
      ? completer.tokenizer.encodeAsync(prompt, { signal })
      : completer.tokenizer.encodePromptAsync(prompt, { signal });
  }
  if (add_special_tokens !== undefined) throw requiresError('add_special_tokens', 'prompt');
  const options = { addGenerationPrompt: add_generation_prompt ?? true, signal };
  return (await templateOf(completer).encodeAsync(chatMessages(messages!), options)).tokens;
}

const requiresError = (name: string, required: string): QuireError =>
  parameterError('bad_option', name, `"${name}" requires "${required}"`, `omit "${name}"`);

function templateOf({ template, info }: TokenCompleter): ChatRenderer {
  if (template === undefined) throw noChatTemplateError(info.model);
  return template;
}
