// GET /health: whether the model is there, for the page, for scripts that wait, and for supervisors.

import type { FastifyInstance } from 'fastify';
import type { EngineState } from './engine-state.ts';
import { errorBody } from './http-errors.ts';

export function healthRoute(app: FastifyInstance, state: EngineState): void {
  app.get('/health', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    const { status } = state;
    if (status.kind === 'ready') return reply.send({ status: 'ok', ...status.engine.info });
    if (status.kind === 'loading')
      return reply.code(503).header('retry-after', '1').send({ status: 'loading' });
    return reply.code(500).send({ status: 'failed', ...errorBody(status.error, 500) });
  });
}
