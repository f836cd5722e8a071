// The functions that register the routes of the server. To add a protocol, add a folder and a line in this file.

import type { FastifyInstance } from 'fastify';
import type { ServerContext } from './http/server-context.ts';
import { adaptersRoute } from './operations/adapters-route.ts';
import { healthRoute } from './operations/health-route.ts';
import { metricsRoute } from './operations/metrics/metrics-route.ts';
import { modelsRoute } from './operations/models-route.ts';
import { openApiRoute } from './operations/openapi-route.ts';
import { versionRoute } from './operations/version-route.ts';
import { chatSocketRoute } from './protocols/chat-socket/chat-socket-route.ts';
import { conversationRoutes } from './protocols/conversations/conversation-routes.ts';
import { chatCompletionsRoute } from './protocols/openai-chat/chat-completions-route.ts';
import { completionsRoute } from './protocols/openai-completions/completions-route.ts';
import { embeddingsRoute } from './protocols/openai-embeddings/embeddings-route.ts';
import { tokenRoutes } from './protocols/tokens/token-routes.ts';

/** Registers routes; called before the server listens. */
type RouteRegistration = (app: FastifyInstance, context: ServerContext) => void;

export const OPERATION_ROUTES: readonly RouteRegistration[] = [
  healthRoute,
  modelsRoute,
  adaptersRoute,
  metricsRoute,
  versionRoute,
  openApiRoute,
];

export const PROTOCOL_ROUTES: readonly RouteRegistration[] = [
  chatCompletionsRoute,
  completionsRoute,
  embeddingsRoute,
  tokenRoutes,
  conversationRoutes,
  chatSocketRoute,
];
