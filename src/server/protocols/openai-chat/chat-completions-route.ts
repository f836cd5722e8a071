// POST /v1/chat/completions: messages in, an answer out, whole or in pieces.

import type { FastifyInstance } from 'fastify';
import { defined } from '../../../base/defined.ts';
import { saltFor } from '../../../service/cache-salt.ts';
import { answeringModel } from '../../http/bodies/ignored-header.ts';
import { noteTexts } from '../../http/logs/request-notes.ts';
import { documentedBody } from '../../http/openapi/documented-body.ts';
import type { RouteDescription } from '../../http/openapi/route-description.ts';
import type { ApiContext } from '../../http/server-context.ts';
import { Answers, leased } from '../openai/answers.ts';
import { requestOptions } from '../openai/common-parameters.ts';
import { CHAT_FIELDS } from '../openai/compatibility-fields.ts';
import { chatMessages } from '../openai/messages.ts';
import { eventStream, wholeBody } from '../openai/send-response.ts';
import { chatPrompt } from './chat-prompt.ts';
import { type ChatRequest, chatRequestSchema, readChatRequest } from './chat-request.ts';
import { chatChunkSchema, chatForm, chatResponseSchema } from './chat-response.ts';

const CHAT: RouteDescription = {
  summary: 'The answer to a conversation',
  tag: 'completions',
  body: documentedBody(chatRequestSchema, CHAT_FIELDS),
  answers: {
    200: {
      description: 'the answer; with "stream" as server-sent events',
      content: { 'application/json': chatResponseSchema, 'text/event-stream': chatChunkSchema },
    },
  },
  errors: [400, 401, 403, 404, 413, 422, 429, 500, 503],
};

export function chatCompletionsRoute(app: FastifyInstance, context: ApiContext): void {
  app.post('/v1/chat/completions', { config: { api: CHAT, counted: true } }, async (request, reply) => {
    const read = readChatRequest(request.body);
    const { asked } = read;
    const model = answeringModel(reply, context.models, read);
    const until = context.drain.signalFor(reply);
    noteTexts(request, asked.user, chatMessages(asked.messages));
    const options = { ...requestOptions(asked, model.completer.info), ...logprobsOf(asked) };
    const cacheSalt = saltFor({ keyId: request.keyId, cacheSalt: asked.cache_salt, ...context });
    const n = asked.n ?? 1;
    const lease = context.limits.begin(request.keyId, n);
    const { answers, report } = await leased(lease, async () => {
      const prompt = await chatPrompt(model.completer, asked);
      const all = { ...options, ...defined({ cacheSalt }) };
      const { completer } = model;
      return {
        answers: await Answers.start({ completer, prompts: [prompt.tokens], n, options: all, until, lease }),
        report: prompt.report,
      };
    });
    const form = chatForm(model, asked.logprobs === true);
    const more = report === undefined ? {} : { context_report: report };
    const response = { answers, form, asked, context, reply, more };
    return asked.stream === true ? reply.send(eventStream(response)) : wholeBody(response);
  });
}

const logprobsOf = ({ logprobs, top_logprobs }: ChatRequest): { logprobs?: number } =>
  logprobs === true ? { logprobs: top_logprobs ?? 0 } : {};
