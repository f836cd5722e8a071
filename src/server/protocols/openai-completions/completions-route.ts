// POST /v1/completions: generates continuations of texts or token ids, and sends them as one body or as a stream.

import type { FastifyInstance } from 'fastify';
import { selectModel } from '../../http/bodies/ignored-header.ts';
import { setLogTexts } from '../../http/logs/request-log-fields.ts';
import { documentedBody } from '../../http/openapi/documented-body.ts';
import type { RouteDescription } from '../../http/openapi/route-description.ts';
import type { ServerContext } from '../../http/server-context.ts';
import { COMPLETION_FIELDS } from '../openai/compatibility-fields.ts';
import { sendResponse } from '../openai/send-response.ts';
import { startChoices } from '../openai/start-choices.ts';
import { completionRequestSchema, promptsOf, readCompletionRequest } from './completion-request.ts';
import { completionChunkSchema, completionFormat, completionResponseSchema } from './completion-response.ts';

const COMPLETIONS: RouteDescription = {
  summary: 'Create a text completion',
  tag: 'completions',
  body: documentedBody(completionRequestSchema, COMPLETION_FIELDS),
  responses: {
    200: {
      description: 'the answer; server-sent events if "stream" is true',
      content: { 'application/json': completionResponseSchema, 'text/event-stream': completionChunkSchema },
    },
  },
  errors: [400, 401, 403, 404, 413, 429, 500, 503],
};

export function completionsRoute(app: FastifyInstance, context: ServerContext): void {
  const config = { api: COMPLETIONS, countsAsRequest: true };
  app.post('/v1/completions', { config }, async (request, reply) => {
    const parsed = readCompletionRequest(request.body);
    const { parameters } = parsed;
    const { logprobs } = parameters;
    const model = selectModel(reply, context.models, parsed);
    const cancellation = context.drain.signalFor(reply);
    const prompts = promptsOf(parameters);
    setLogTexts(request, parameters.user, prompts);
    const { tokenizer, contextLength } = model.completer;
    const encodePrompts = () =>
      Promise.all(
        prompts.map((prompt) =>
          typeof prompt === 'string'
            ? tokenizer.encodePromptAsync(prompt, { holds: contextLength, signal: cancellation.signal })
            : prompt,
        ),
      );
    const promptCount = prompts.length;
    const job = { context, request, parameters, model, logprobs, cancellation, promptCount, encodePrompts };
    const choices = await startChoices(job);
    const format = completionFormat(model, logprobs !== undefined);
    return sendResponse({ choices, format, parameters, context, reply });
  });
}
