// GET /health: whether the model is there, for the page, for scripts that wait, and for supervisors.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { EngineState } from './engine-state.ts';
import { errorBody } from './http-errors.ts';
import { errorSchema } from './openapi-document.ts';
import type { RouteDescription } from './route-description.ts';

const HEALTH: RouteDescription = {
  summary: 'Whether the model is there',
  tag: 'server',
  description: 'It needs no key.',
  answers: {
    200: {
      description: 'it is, and this is what it is',
      content: {
        'application/json': z.looseObject({
          status: z.literal('ok'),
          model: z.string(),
          chatTemplate: z.boolean().describe('without one the model completes texts and answers no chats'),
        }),
      },
    },
    500: {
      description: 'loading has failed',
      content: { 'application/json': errorSchema.extend({ status: z.literal('failed') }) },
    },
    503: {
      description: 'it is loading',
      content: { 'application/json': z.strictObject({ status: z.literal('loading') }) },
    },
  },
};

export function healthRoute(app: FastifyInstance, state: EngineState): void {
  app.get('/health', { config: { api: HEALTH } }, async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    const { status } = state;
    if (status.kind === 'ready') {
      const { info, template } = status.engine;
      return reply.send({ status: 'ok', ...info, chatTemplate: template !== undefined });
    }
    if (status.kind === 'loading')
      return reply.code(503).header('retry-after', '1').send({ status: 'loading' });
    return reply.code(500).send({ status: 'failed', ...errorBody(status.error, 500) });
  });
}
