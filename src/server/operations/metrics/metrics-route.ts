// GET /metrics: metrics in Prometheus text format. Until a model has loaded, there are only metrics of HTTP and the event loop.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { RouteDescription } from '../../http/openapi/route-description.ts';
import type { ServerContext } from '../../http/server-context.ts';
import { EventLoopMeter } from './event-loop-meter.ts';
import { Metrics } from './metrics.ts';

const METRICS: RouteDescription = {
  summary: 'Get metrics in Prometheus format; metrics that vLLM also has use the names of vLLM',
  tag: 'server',
  responses: { 200: { description: 'Prometheus text format', content: { 'text/plain': z.string() } } },
  errors: [401, 403],
};

export function metricsRoute(app: FastifyInstance, { models }: ServerContext): void {
  const metrics = new Metrics();
  const meter = new EventLoopMeter(metrics.registry);
  app.addHook('onClose', async () => meter.stop());
  models.onReady(({ name, completer }) => metrics.watch(completer.monitor, name));
  app.addHook('onResponse', async (request, reply) => {
    metrics.countResponse(request.method, request.routeOptions.url ?? 'none', reply.statusCode);
  });
  app.get('/metrics', { config: { api: METRICS } }, async (_request, reply) => {
    reply.header('content-type', metrics.registry.contentType);
    return metrics.registry.metrics();
  });
}
