// All that the server speaks: a protocol is a folder, and a line here.

import type { FastifyInstance } from 'fastify';
import type { ApiContext } from './http/server-context.ts';
import { healthRoute } from './operations/health-route.ts';
import { metricsRoute } from './operations/metrics/metrics-route.ts';
import { modelsRoute } from './operations/models-route.ts';
import { openApiRoute } from './operations/openapi-route.ts';
import { versionRoute } from './operations/version-route.ts';
import { chatRoute } from './protocols/chat-socket/chat-socket-route.ts';
import { conversationRoutes } from './protocols/conversations/conversation-routes.ts';
import { chatCompletionsRoute } from './protocols/openai-chat/chat-completions-route.ts';
import { completionsRoute } from './protocols/openai-completions/completions-route.ts';
import { tokensRoutes } from './protocols/tokens/token-routes.ts';

/** Adds routes; called before the server listens. */
type AddRoutes = (app: FastifyInstance, context: ApiContext) => void;

export const OPERATIONS: readonly AddRoutes[] = [
  healthRoute,
  modelsRoute,
  metricsRoute,
  versionRoute,
  openApiRoute,
];

export const PROTOCOLS: readonly AddRoutes[] = [
  chatCompletionsRoute,
  completionsRoute,
  tokensRoutes,
  conversationRoutes,
  chatRoute,
];
