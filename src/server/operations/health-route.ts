// GET /health: the state of the models, for the page, for scripts that wait for the server, and for supervisors. The top level
// describes the default model, or the first ready model if the default is not ready.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { asQuireError, type QuireError } from '../../base/errors.ts';
import { omitUndefined } from '../../base/omit-undefined.ts';
import type { ListedModel, ModelRegistry } from '../../service/model-registry.ts';
import { errorBody } from '../http/errors/error-response.ts';
import { errorSchema } from '../http/openapi/openapi-document.ts';
import type { RouteDescription } from '../http/openapi/route-description.ts';
import type { ServerContext } from '../http/server-context.ts';

const modelSchema = z.looseObject({
  name: z.string(),
  status: z.enum(['ready', 'loading', 'failed', 'unloading', 'unloaded']),
  error: z.string().optional().describe('why loading failed'),
  parent: z.string().optional().describe('of an adapter: the name of its model'),
});

const HEALTH: RouteDescription = {
  summary: 'Get the state of the models',
  tag: 'server',
  description: 'Requires no API key.',
  responses: {
    200: {
      description: 'a model is ready; `degraded` if another model is not ready',
      content: {
        'application/json': z.looseObject({
          status: z.enum(['ok', 'degraded']),
          model: z.string(),
          chatTemplate: z.boolean().describe('false for a base model, which only supports text completions'),
          models: z.array(modelSchema).describe('all models, the default first, then the adapters'),
          memory: z
            .strictObject({ kvBytes: z.number(), weightBytes: z.number() })
            .describe('total budgets of the ready models'),
        }),
      },
    },
    500: {
      description: 'loading failed',
      content: { 'application/json': errorSchema.extend({ status: z.literal('failed') }) },
    },
    503: {
      description: 'the models are loading, or no model is loaded',
      content: { 'application/json': z.strictObject({ status: z.enum(['loading', 'unloaded']) }) },
    },
  },
};

export function healthRoute(app: FastifyInstance, { models }: ServerContext): void {
  app.get('/health', { config: { api: HEALTH, public: true } }, async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    const [firstReady] = models.ready;
    if (firstReady !== undefined) {
      const { info, template } = firstReady.completer;
      const status = models.ready.length === models.all.length ? 'ok' : 'degraded';
      const chatTemplate = template !== undefined;
      return reply.send({
        status,
        ...info,
        model: firstReady.name,
        chatTemplate,
        models: [...models.all, ...models.adapted].map(describeModel),
        memory: memoryOf(models),
      });
    }
    const states = models.all.map(({ state }) => state.kind);
    if (states.some((kind) => kind !== 'failed')) {
      const status = states.includes('loading') ? 'loading' : 'unloaded';
      return reply.code(503).header('retry-after', '1').send({ status });
    }
    return reply.code(500).send({ status: 'failed', ...errorBody(loadError(models), 500) });
  });
}

function describeModel({ name, state, parent }: ListedModel): object {
  if (state.kind === 'failed') return { name, status: state.kind, error: state.error.line };
  if (state.kind !== 'ready') return { name, status: state.kind };
  const { info, template } = state.completer;
  const chatTemplate = template !== undefined;
  return { ...info, name, ...omitUndefined({ parent }), status: state.kind, chatTemplate };
}

/** Returns the error of loading the default model. */
function loadError({ all: [first] }: ModelRegistry): QuireError {
  return first?.state.kind === 'failed' ? first.state.error : asQuireError(new Error('no model has failed'));
}

function memoryOf(models: ModelRegistry): { kvBytes: number; weightBytes: number } {
  const infos = models.ready.map(({ completer }) => completer.info);
  return {
    kvBytes: infos.reduce((sum, { kvBytes = 0 }) => sum + kvBytes, 0),
    weightBytes: infos.reduce((sum, { weightBytes = 0 }) => sum + weightBytes, 0),
  };
}
