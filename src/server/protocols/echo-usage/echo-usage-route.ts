// GET /v1/echo-usage: how many sequences each ready model has.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ApiContext } from '../../http/api-context.ts';
import type { RouteDescription } from '../../http/route-description.ts';

const USAGE: RouteDescription = {
  summary: 'Sequences of each model',
  tag: 'models',
  answers: {
    200: {
      description: 'running and waiting ones by model',
      content: {
        'application/json': z.record(z.string(), z.strictObject({ running: z.int(), waiting: z.int() })),
      },
    },
  },
  errors: [401, 403],
};

export function echoUsageRoute(app: FastifyInstance, { models }: ApiContext): void {
  app.get('/v1/echo-usage', { config: { api: USAGE } }, async () =>
    Object.fromEntries(
      models.ready.map(({ name, completer }) => {
        const { running = 0, waiting = 0 } = completer.monitor?.counters ?? {};
        return [name, { running, waiting }];
      }),
    ),
  );
}
