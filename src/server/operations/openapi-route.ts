// GET /openapi.json: every described route in one OpenAPI 3.1 document.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { openApiDocument } from '../http/openapi/openapi-document.ts';
import type { RouteDescription } from '../http/openapi/route-description.ts';
import type { ApiContext } from '../http/server-context.ts';

const OPENAPI: RouteDescription = {
  summary: 'This document',
  tag: 'server',
  answers: {
    200: {
      description: 'OpenAPI 3.1',
      content: { 'application/json': z.looseObject({ openapi: z.string() }) },
    },
  },
  errors: [401, 403],
};

export function openApiRoute(app: FastifyInstance, { routes, version, keyed: keys }: ApiContext): void {
  let document: object | undefined;
  app.get('/openapi.json', { config: { api: OPENAPI } }, async () => {
    document ??= openApiDocument(routes, { version, keys });
    return document;
  });
}
