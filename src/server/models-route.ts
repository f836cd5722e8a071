// GET /v1/models and /v1/models/{id}: which models answer here.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ApiContext } from './api-context.ts';
import type { RouteDescription } from './route-description.ts';
import type { ServedModel } from './served-models.ts';

const modelSchema = z.strictObject({
  id: z.string(),
  object: z.literal('model'),
  created: z.int().describe('seconds since 1970, when the server started'),
  owned_by: z.string(),
  max_model_len: z.int().describe('most tokens of prompt and answer together'),
});

const LIST: RouteDescription = {
  summary: 'The models that answer here',
  tag: 'models',
  answers: {
    200: {
      description: 'a list',
      content: {
        'application/json': z.strictObject({ object: z.literal('list'), data: z.array(modelSchema) }),
      },
    },
  },
  errors: [401, 403, 503],
};

const ONE: RouteDescription = {
  summary: 'One model',
  tag: 'models',
  path: '/v1/models/{id}',
  params: { id: z.string() },
  answers: { 200: { description: 'the model', content: { 'application/json': modelSchema } } },
  errors: [401, 403, 404, 503],
};

export function modelsRoute(app: FastifyInstance, { models }: ApiContext): void {
  const created = Math.floor(Date.now() / 1000);
  const describe = ({ id, engine }: ServedModel): z.output<typeof modelSchema> => ({
    id,
    object: 'model',
    created,
    owned_by: 'quire',
    max_model_len: engine.contextLength,
  });
  app.get('/v1/models', { config: { api: LIST } }, async () => ({
    object: 'list',
    data: models.all.map(describe),
  }));
  // Names may have slashes, as those of hubs do.
  app.get<{ Params: { '*': string } }>('/v1/models/*', { config: { api: ONE } }, async ({ params }) =>
    describe(models.get(params['*'])),
  );
}
