// POST /v1/load_lora_adapter and /v1/unload_lora_adapter: load and unload LoRA adapters while the server runs. The names of the
// routes and of their fields are those of vLLM.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { QuireError } from '../../base/errors.ts';
import type { AdapterHost } from '../../completion/adapters.ts';
import type { LoadedCompleter, ModelRegistry } from '../../service/model-registry.ts';
import { readBody } from '../http/bodies/read-body.ts';
import { checkOperator } from '../http/keys/operator-check.ts';
import type { RouteDescription } from '../http/openapi/route-description.ts';
import type { ServerContext } from '../http/server-context.ts';

const name = z.string().min(1).max(128).describe('name of the adapter, without spaces, colons and slashes');
const model = z
  .string()
  .min(1)
  .max(512)
  .optional()
  .describe('name of its model; the default model if absent');
const loadBody = z.strictObject({
  lora_name: name,
  lora_path: z.string().min(1).max(4096).describe('path on the server: a folder of PEFT, or a GGUF'),
  model,
});
const unloadBody = z.strictObject({ lora_name: name, model });
const adapterSchema = z.strictObject({
  id: z.string().describe('the model name for requests: BASE:NAME'),
  rank: z.int(),
  layers: z.int().describe('number of layers that it changes'),
  bytes: z.int(),
});

const LOAD_ADAPTER: RouteDescription = {
  summary: 'Load a LoRA adapter',
  description: 'Requires an API key, or a client on the same machine.',
  tag: 'models',
  body: loadBody,
  responses: { 200: { description: 'the adapter', content: { 'application/json': adapterSchema } } },
  errors: [400, 401, 403, 404, 422, 503],
};

const UNLOAD_ADAPTER: RouteDescription = {
  summary: 'Unload a LoRA adapter',
  description:
    'Requests that run continue with the adapter. Requires an API key, or a client on the same machine.',
  tag: 'models',
  body: unloadBody,
  responses: {
    200: { description: 'the name', content: { 'application/json': z.strictObject({ id: z.string() }) } },
  },
  errors: [400, 401, 403, 404, 503],
};

export function adaptersRoute(app: FastifyInstance, { models }: ServerContext): void {
  app.post('/v1/load_lora_adapter', { config: { api: LOAD_ADAPTER } }, async (request) => {
    checkOperator(request);
    const body = readBody(loadBody, request.body);
    const base = baseModel(models, body.model);
    const { rank, layers, bytes } = await base.host.loadAdapter(body.lora_name, body.lora_path);
    return { id: `${base.name}:${body.lora_name}`, rank, layers, bytes };
  });
  app.post('/v1/unload_lora_adapter', { config: { api: UNLOAD_ADAPTER } }, async (request) => {
    checkOperator(request);
    const body = readBody(unloadBody, request.body);
    const base = baseModel(models, body.model);
    await base.host.unloadAdapter(body.lora_name);
    return { id: `${base.name}:${body.lora_name}` };
  });
}

// A wrong name of a model is an error, even if the server has a single model.
function baseModel(
  models: ModelRegistry,
  requested: string | undefined,
): { readonly name: string; readonly host: AdapterHost } {
  const { name: found, completer } = models.find(
    requested === undefined ? undefined : models.named(requested).name,
  );
  if (!loadsAdapters(completer))
    throw new QuireError(
      'not_supported',
      `the model ${found} cannot load adapters`,
      'use the name of a model',
    );
  return { name: found, host: completer };
}

const loadsAdapters = (completer: LoadedCompleter): completer is LoadedCompleter & AdapterHost =>
  completer.loadAdapter !== undefined;
