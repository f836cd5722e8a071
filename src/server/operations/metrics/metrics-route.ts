// GET /metrics: Prometheus text. Before the model has loaded it tells only of HTTP.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { RouteDescription } from '../../http/openapi/route-description.ts';
import type { ApiContext } from '../../http/server-context.ts';
import { EventLoopMeter } from './event-loop-meter.ts';
import { Metrics } from './metrics.ts';

const METRICS: RouteDescription = {
  summary: 'Numbers for Prometheus, those of vLLM under its names',
  tag: 'server',
  answers: { 200: { description: 'Prometheus text', content: { 'text/plain': z.string() } } },
  errors: [401, 403],
};

export function metricsRoute(app: FastifyInstance, { models }: ApiContext): void {
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
