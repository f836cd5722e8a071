// POST /v1/chat/completions: generates answers to messages, and sends them as one body or as a stream.

import type { FastifyInstance } from 'fastify';
import { selectModel } from '../../http/bodies/ignored-header.ts';
import { setLogTexts } from '../../http/logs/request-log-fields.ts';
import { documentedBody } from '../../http/openapi/documented-body.ts';
import type { RouteDescription } from '../../http/openapi/route-description.ts';
import type { ServerContext } from '../../http/server-context.ts';
import { CHAT_FIELDS } from '../openai/compatibility-fields.ts';
import { chatMessages } from '../openai/messages.ts';
import { sendResponse } from '../openai/send-response.ts';
import { startChoices } from '../openai/start-choices.ts';
import { type ContextReport, chatPrompt } from './chat-prompt.ts';
import { type ChatParameters, chatRequestSchema, readChatRequest } from './chat-request.ts';
import { chatChunkSchema, chatFormat, chatResponseSchema } from './chat-response.ts';

const CHAT: RouteDescription = {
  summary: 'Create a chat completion',
  tag: 'completions',
  body: documentedBody(chatRequestSchema, CHAT_FIELDS),
  responses: {
    200: {
      description: 'the answer; server-sent events if "stream" is true',
      content: { 'application/json': chatResponseSchema, 'text/event-stream': chatChunkSchema },
    },
  },
  errors: [400, 401, 403, 404, 413, 422, 429, 500, 503],
};

export function chatCompletionsRoute(app: FastifyInstance, context: ServerContext): void {
  const config = { api: CHAT, countsAsRequest: true };
  app.post('/v1/chat/completions', { config }, async (request, reply) => {
    const parsed = readChatRequest(request.body);
    const { parameters } = parsed;
    const model = selectModel(reply, context.models, parsed);
    const cancellation = context.drain.signalFor(reply);
    setLogTexts(request, parameters.user, chatMessages(parameters.messages));
    let report: ContextReport | undefined;
    const encodePrompts = async () => {
      const prompt = await chatPrompt(model.completer, parameters);
      report = prompt.report;
      return [prompt.tokens];
    };
    const logprobs = logprobsOf(parameters);
    const job = {
      context,
      request,
      parameters,
      model,
      logprobs,
      cancellation,
      promptCount: 1,
      encodePrompts,
    };
    const choices = await startChoices(job);
    const format = chatFormat(model, logprobs !== undefined);
    const extra = report === undefined ? {} : { context_report: report };
    return sendResponse({ choices, format, parameters, context, reply, extra });
  });
}

const logprobsOf = ({ logprobs, top_logprobs }: ChatParameters): number | undefined =>
  logprobs === true ? (top_logprobs ?? 0) : undefined;
