// Rejects HTTP requests of foreign web pages. Any page can send a POST to this server, and a page whose host name resolves to this
// machine (DNS rebinding) could also read the responses; origin-rules.ts decides whether a page is allowed. @fastify/cors sends
// CORS headers to pages of allowed origins only.

import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { QuireError } from '../../../base/errors.ts';
import { IGNORED_HEADER } from '../bodies/ignored-header.ts';
import { requiresKey } from '../keys/authentication.ts';
import { forbiddenOriginError, isListeningOnLoopback, isPageAllowed } from './check-origin.ts';
import { isLoopbackName } from './origin-rules.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const EXPOSED_HEADERS = ['x-request-id', 'retry-after', IGNORED_HEADER];
const PREFLIGHT_SECONDS = 600;

/** Rejects requests of foreign pages and foreign host names, and installs CORS for allowed origins. */
export async function installOriginChecks(app: FastifyInstance, allowed: readonly string[]): Promise<void> {
  app.addHook('onRequest', async (request) => {
    const { origin, host } = request.headers;
    if (origin === undefined) {
      if (isListeningOnLoopback(app) && requiresKey(request)) checkHost(host, allowed);
    } else if (!isPageAllowed(app, request, allowed) && !(isPublic(request) && request.method !== 'OPTIONS'))
      throw forbiddenOriginError(origin);
  });
  // The application has installed CORS itself; the hook above still decides which pages may use the server.
  if (app.hasRequestDecorator('corsPreflightEnabled')) return;
  await app.register(cors, {
    hook: 'onRequest',
    delegator: (request: FastifyRequest, callback: (error: null, options: FastifyCorsOptions) => void) => {
      const { origin } = request.headers;
      callback(null, {
        origin: origin !== undefined && isPageAllowed(app, request, allowed) && origin,
        methods: METHODS,
        exposedHeaders: EXPOSED_HEADERS,
        maxAge: PREFLIGHT_SECONDS,
        strictPreflight: false,
      });
    },
  });
}

// Public routes accept any origin: browsers also send Origin when they load the files of the page (`<script type="module">`),
// which contain no secrets. The chat socket checks origins itself.
const isPublic = (request: FastifyRequest): boolean => !requiresKey(request);

// A GET request from a page of the same origin has no Origin header, so after DNS rebinding only Host reveals the foreign name.
// A request without Host was not sent by a browser: only HTTP/1.0 allows it, which no browser uses.
function checkHost(host: string | undefined, allowed: readonly string[]): void {
  if (host === undefined) return;
  const url = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined;
  if (url !== undefined && isLoopbackName(url.hostname)) return;
  if (allowed.some((origin) => /^https?:/.test(origin) && new URL(origin).host === host)) return;
  throw new QuireError(
    'forbidden_origin',
    `the host ${JSON.stringify(host).slice(0, 100)} is not allowed for a server on the loopback address`,
    'use 127.0.0.1 or localhost, or allow the origin with --allow-origin',
  );
}
