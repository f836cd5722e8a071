// GET /openapi.json: the OpenAPI 3.1 document of all described routes.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { openApiDocument } from '../http/openapi/openapi-document.ts';
import type { RouteDescription } from '../http/openapi/route-description.ts';
import type { ServerContext } from '../http/server-context.ts';

const OPENAPI: RouteDescription = {
  summary: 'Get the OpenAPI document',
  tag: 'server',
  responses: {
    200: {
      description: 'an OpenAPI 3.1 document',
      content: { 'application/json': z.looseObject({ openapi: z.string() }) },
    },
  },
  errors: [401, 403],
};

export function openApiRoute(
  app: FastifyInstance,
  { routes, version, requiresKey: keys }: ServerContext,
): void {
  let document: object | undefined;
  app.get('/openapi.json', { config: { api: OPENAPI } }, async () => {
    document ??= openApiDocument(routes, { version, keys });
    return document;
  });
}
