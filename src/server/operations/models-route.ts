// GET /v1/models and /v1/models/{id}: the models of the server. POST /models/load and /models/unload load and unload a model;
// these routes have the same names as in the router of llama.cpp.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { POOLING_METHODS } from '../../base/model/pooling.ts';
import type { ListedModel, LoadedCompleter, ModelRegistry } from '../../service/model-registry.ts';
import { readBody } from '../http/bodies/read-body.ts';
import { checkOperator } from '../http/keys/operator-check.ts';
import { UNLOAD_GRACE_MS } from '../http/limits.ts';
import type { RouteDescription } from '../http/openapi/route-description.ts';
import type { ServerContext } from '../http/server-context.ts';

const modelSchema = z.strictObject({
  id: z.string(),
  object: z.literal('model'),
  created: z.int().describe('Unix time in seconds when the server started'),
  owned_by: z.string(),
  status: z.enum(['ready', 'loading', 'failed', 'unloading', 'unloaded']),
  max_model_len: z.int().optional().describe('context length in tokens, if the model is ready'),
  embedding: z
    .strictObject({ pooling: z.enum(POOLING_METHODS), dimensions: z.int() })
    .optional()
    .describe('how the model computes embeddings, if it does'),
  parent: z.string().optional().describe('of an adapter: the name of its model'),
});

const LIST_MODELS: RouteDescription = {
  summary: 'List the models',
  tag: 'models',
  responses: {
    200: {
      description: 'all models, the default first',
      content: {
        'application/json': z.strictObject({ object: z.literal('list'), data: z.array(modelSchema) }),
      },
    },
  },
  errors: [401, 403, 503],
};

const GET_MODEL: RouteDescription = {
  summary: 'Get a model',
  tag: 'models',
  path: '/v1/models/{id}',
  params: { id: z.string() },
  responses: { 200: { description: 'the model', content: { 'application/json': modelSchema } } },
  errors: [401, 403, 404, 503],
};

const modelNameBody = z.strictObject({ model: z.string().min(1).max(512) });

const LOAD_MODEL: RouteDescription = {
  summary: 'Load a model that was unloaded or failed to load',
  description: 'Responds when the model is ready. Requires an API key, or a client on the same machine.',
  tag: 'models',
  body: modelNameBody,
  responses: { 200: { description: 'the model', content: { 'application/json': modelSchema } } },
  errors: [400, 401, 403, 404, 500, 503],
};

const UNLOAD_MODEL: RouteDescription = {
  ...LOAD_MODEL,
  summary: 'Unload a model after its running requests have ended',
  description: 'Responds when the memory is free. Requires an API key, or a client on the same machine.',
};

type ModelObject = z.output<typeof modelSchema>;

export function modelsRoute(app: FastifyInstance, { models }: ServerContext): void {
  const created = Math.floor(Date.now() / 1000);
  const describeModel = ({ name, state, parent }: ListedModel): ModelObject => ({
    id: name,
    object: 'model',
    created,
    owned_by: 'quire',
    status: state.kind,
    ...(state.kind === 'ready' ? readyProperties(state.completer) : {}),
    ...(parent === undefined ? {} : { parent }),
  });
  app.get('/v1/models', { config: { api: LIST_MODELS } }, async () => {
    if (models.ready.length === 0) models.find(); // throws an error that states the reason
    return { object: 'list', data: [...models.all, ...models.adapted].map(describeModel) };
  });
  // Names may contain slashes, as on model hubs.
  app.get<{ Params: { '*': string } }>('/v1/models/*', { config: { api: GET_MODEL } }, async ({ params }) =>
    describeModel(models.listed(params['*'])),
  );
  app.post('/models/load', { config: { api: LOAD_MODEL } }, async (request) => {
    checkOperator(request);
    const { name } = await models.load(requestedName(models, request.body));
    return describeModel(models.named(name));
  });
  app.post('/models/unload', { config: { api: UNLOAD_MODEL } }, async (request) => {
    checkOperator(request);
    const name = requestedName(models, request.body);
    await models.unload(name, UNLOAD_GRACE_MS);
    return describeModel(models.named(name));
  });
}

function readyProperties({ contextLength, embedding }: LoadedCompleter): Partial<ModelObject> {
  const { pooling, dimensions } = embedding ?? {};
  return {
    max_model_len: contextLength,
    ...(pooling === undefined || dimensions === undefined ? {} : { embedding: { pooling, dimensions } }),
  };
}

/** Returns the listed name of the model that the body names. Throws `model_not_found`, even if the server has a single model. */
function requestedName(models: ModelRegistry, body: unknown): string {
  const { model } = readBody(modelNameBody, body);
  return models.named(model).name;
}
