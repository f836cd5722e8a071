// GET /metrics: Prometheus text. Before the model has loaded it tells only of HTTP.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { EngineState } from './engine-state.ts';
import { EventLoopMeter } from './event-loop-meter.ts';
import { Metrics } from './metrics.ts';
import type { RouteDescription } from './route-description.ts';

const METRICS: RouteDescription = {
  summary: 'Numbers for Prometheus, those of vLLM under its names',
  tag: 'server',
  answers: { 200: { description: 'Prometheus text', content: { 'text/plain': z.string() } } },
  errors: [401, 403],
};

export function metricsRoute(app: FastifyInstance, state: EngineState): void {
  const metrics = new Metrics();
  const meter = new EventLoopMeter(metrics.registry);
  app.addHook('onClose', async () => meter.stop());
  state.promise.then(
    (engine) => metrics.watch(engine, engine.info.model),
    () => undefined, // /health tells why there is no engine
  );
  app.addHook('onResponse', async (request, reply) => {
    metrics.countResponse(request.method, request.routeOptions.url ?? 'none', reply.statusCode);
  });
  app.get('/metrics', { config: { api: METRICS } }, async (_request, reply) => {
    reply.header('content-type', metrics.registry.contentType);
    return metrics.registry.metrics();
  });
}
