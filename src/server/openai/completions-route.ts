// POST /v1/completions: texts or token ids in, what follows them out, whole or in pieces.

import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../api-context.ts';
import { saltFor } from '../cache-salt.ts';
import { documentedBody } from '../documented-body.ts';
import { answeringModel } from '../ignored-fields.ts';
import { noteTexts } from '../request-notes.ts';
import type { RouteDescription } from '../route-description.ts';
import { eventStream, wholeBody } from './answer-response.ts';
import { Answers, leased } from './answers.ts';
import { requestOptions } from './common-parameters.ts';
import { completionChunkSchema, completionForm, completionResponseSchema } from './completion-form.ts';
import { completionRequestSchema, promptsOf, readCompletionRequest } from './completion-request.ts';
import { COMPLETION_FIELDS } from './other-fields.ts';

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
      ...requestOptions(asked, model.engine.info),
      ...(logprobs === undefined ? {} : { logprobs }),
      ...(cacheSalt === undefined ? {} : { cacheSalt }),
    };
    const { engine } = model;
    const n = asked.n ?? 1;
    const lease = context.limits.begin(request.keyId, prompts.length * n);
    const answers = await leased(lease, async () => {
      const encoded = prompts.map((prompt) =>
        typeof prompt === 'string'
          ? engine.encode({ prompt, raw: true }, { holds: engine.contextLength })
          : prompt,
      );
      return Answers.start({ engine, prompts: await Promise.all(encoded), n, options, until, lease });
    });
    const response = { answers, form: completionForm(model, logprobs !== undefined), asked, context, reply };
    return asked.stream === true ? reply.send(eventStream(response)) : wholeBody(response);
  });
}
