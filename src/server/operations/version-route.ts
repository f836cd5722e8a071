// GET /version: the version of the server.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { RouteDescription } from '../http/openapi/route-description.ts';
import type { ServerContext } from '../http/server-context.ts';

const VERSION: RouteDescription = {
  summary: 'Get the version of the server',
  tag: 'server',
  responses: {
    200: {
      description: 'the version',
      content: { 'application/json': z.strictObject({ version: z.string() }) },
    },
  },
  errors: [401, 403],
};

export function versionRoute(app: FastifyInstance, { version }: ServerContext): void {
  app.get('/version', { config: { api: VERSION } }, async () => ({ version }));
}
