// GET /v1/models and /v1/models/{id}: which models answer here. POST /models/load and /models/unload, under the names of
// llama.cpp's router: memory is given back, and taken again.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ModelRegistry, ModelState } from '../../service/model-registry.ts';
import { readBody } from '../http/bodies/read-body.ts';
import { checkOperator } from '../http/keys/operator-check.ts';
import { UNLOAD_GRACE_MS } from '../http/limits.ts';
import type { RouteDescription } from '../http/openapi/route-description.ts';
import type { ApiContext } from '../http/server-context.ts';

const modelSchema = z.strictObject({
  id: z.string(),
  object: z.literal('model'),
  created: z.int().describe('seconds since 1970, when the server started'),
  owned_by: z.string(),
  status: z.enum(['ready', 'loading', 'failed', 'unloading', 'unloaded']),
  max_model_len: z
    .int()
    .optional()
    .describe('most tokens of prompt and answer together, of one that is ready'),
});

const LIST: RouteDescription = {
  summary: 'The models that answer here',
  tag: 'models',
  answers: {
    200: {
      description: 'a list, the default model first',
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

const namedSchema = z.strictObject({ model: z.string().min(1).max(512) });

const LOAD: RouteDescription = {
  summary: 'Load a model that was unloaded, or failed to load',
  description: 'Answers when it is ready. Needs an API key, or a client on the same machine.',
  tag: 'models',
  body: namedSchema,
  answers: { 200: { description: 'the model', content: { 'application/json': modelSchema } } },
  errors: [400, 401, 403, 404, 500, 503],
};

const UNLOAD: RouteDescription = {
  ...LOAD,
  summary: "Let a model's requests end and give its memory back",
  description: 'Answers when the memory is free. Needs an API key, or a client on the same machine.',
};

type Described = z.output<typeof modelSchema>;

export function modelsRoute(app: FastifyInstance, { models }: ApiContext): void {
  const created = Math.floor(Date.now() / 1000);
  const describe = ({ name, state }: { name: string; state: ModelState }): Described => ({
    id: name,
    object: 'model',
    created,
    owned_by: 'quire',
    status: state.kind,
    ...(state.kind === 'ready' ? { max_model_len: state.completer.contextLength } : {}),
  });
  app.get('/v1/models', { config: { api: LIST } }, async () => {
    if (models.ready.length === 0) models.find(); // tells why
    return { object: 'list', data: models.all.map(describe) };
  });
  // Names may have slashes, as those of hubs do.
  app.get<{ Params: { '*': string } }>('/v1/models/*', { config: { api: ONE } }, async ({ params }) =>
    describe(models.named(params['*'])),
  );
  app.post('/models/load', { config: { api: LOAD } }, async (request) => {
    checkOperator(request);
    const { name } = await models.load(askedName(models, request.body));
    return describe(models.named(name));
  });
  app.post('/models/unload', { config: { api: UNLOAD } }, async (request) => {
    checkOperator(request);
    const name = askedName(models, request.body);
    await models.unload(name, UNLOAD_GRACE_MS);
    return describe(models.named(name));
  });
}

/** Raises `model_not_found` for a name that no model has, also where there is one model alone. */
function askedName(models: ModelRegistry, body: unknown): string {
  const { model } = readBody(namedSchema, body);
  return models.named(model).name;
}
