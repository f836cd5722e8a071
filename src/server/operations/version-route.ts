// GET /version: which Quire this is.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { RouteDescription } from '../http/openapi/route-description.ts';
import type { ApiContext } from '../http/server-context.ts';

const VERSION: RouteDescription = {
  summary: 'The version of the server',
  tag: 'server',
  answers: {
    200: {
      description: 'the version',
      content: { 'application/json': z.strictObject({ version: z.string() }) },
    },
  },
  errors: [401, 403],
};

export function versionRoute(app: FastifyInstance, { version }: ApiContext): void {
  app.get('/version', { config: { api: VERSION } }, async () => ({ version }));
}
