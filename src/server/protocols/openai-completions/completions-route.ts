// POST /v1/completions: texts or token ids in, what follows them out, whole or in pieces.

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
import { COMPLETION_FIELDS } from '../openai/compatibility-fields.ts';
import { eventStream, wholeBody } from '../openai/send-response.ts';
import { completionRequestSchema, promptsOf, readCompletionRequest } from './completion-request.ts';
import { completionChunkSchema, completionForm, completionResponseSchema } from './completion-response.ts';

const COMPLETIONS: RouteDescription = {
  summary: 'What follows a text',
  tag: 'completions',
  body: documentedBody(completionRequestSchema, COMPLETION_FIELDS),
  answers: {
    200: {
      description: 'the answer; with "stream" as server-sent events',
      content: { 'application/json': completionResponseSchema, 'text/event-stream': completionChunkSchema },
    },
  },
  errors: [400, 401, 403, 404, 413, 429, 500, 503],
};

export function completionsRoute(app: FastifyInstance, context: ApiContext): void {
  app.post('/v1/completions', { config: { api: COMPLETIONS, counted: true } }, async (request, reply) => {
    const read = readCompletionRequest(request.body);
    const { asked } = read;
    const model = answeringModel(reply, context.models, read);
    const until = context.drain.signalFor(reply);
    const prompts = promptsOf(asked);
    noteTexts(request, asked.user, prompts);
    const { logprobs } = asked;
    const cacheSalt = saltFor({ keyId: request.keyId, cacheSalt: asked.cache_salt, ...context });
    const options = {
      ...requestOptions(asked, model.completer.info),
      ...defined({ logprobs, cacheSalt }),
    };
    const { completer } = model;
    const n = asked.n ?? 1;
    const lease = context.limits.begin(request.keyId, prompts.length * n);
    const answers = await leased(lease, async () => {
      const encoded = prompts.map((prompt) =>
        typeof prompt === 'string'
          ? completer.tokenizer.encodePromptAsync(prompt, {
              holds: completer.contextLength,
              signal: until.signal,
            })
          : prompt,
      );
      return Answers.start({ completer, prompts: await Promise.all(encoded), n, options, until, lease });
    });
    const response = { answers, form: completionForm(model, logprobs !== undefined), asked, context, reply };
    return asked.stream === true ? reply.send(eventStream(response)) : wholeBody(response);
  });
}
