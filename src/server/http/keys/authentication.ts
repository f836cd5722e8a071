// Authenticates HTTP requests by bearer key, and counts them against the limits of the key. @fastify/bearer-auth is not used,
// because it provides no key id, and the chat socket must check keys outside of a request.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { QuireError } from '../../../base/errors.ts';
import type { KeyLimiter } from './key-limiter.ts';
import type { CheckKey, KeyRing } from './key-ring.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** id of the key of this request; `''` when no keys are configured */
    keyId: string;
  }
  interface FastifyInstance {
    /** for routes that receive the key by other means than a header */
    readonly checkKey: CheckKey;
  }
  interface FastifyContextConfig {
    /** whether requests count against `requestsPerMinute`, because the route runs a computation */
    readonly countsAsRequest?: boolean;
    /** whether the route needs no key, or checks the key itself */
    readonly public?: boolean;
  }
}

/** Returns the token of `Authorization: Bearer TOKEN`. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

/**
 * Whether a request needs a key in its header. Public routes do not: static files contain no secrets, supervisors that poll
 * /health have no key, and the chat socket checks keys itself. Unknown paths return 404 without a key.
 */
export const requiresKey = ({ routeOptions: { url, config } }: FastifyRequest): boolean =>
  url !== undefined && config.public !== true;

/** Rejects requests without a valid key, and requests beyond the limits of their key; sets `keyId` on accepted requests. */
export function installAuthentication(app: FastifyInstance, keys: KeyRing, limits: KeyLimiter): void {
  app.decorate('checkKey', (text) => keys.check(text));
  app.decorateRequest('keyId', '');
  app.addHook('onRequest', async (request, reply) => {
    const { config } = request.routeOptions;
    if (!requiresKey(request)) return;
    const keyId = keys.check(bearerToken(request.headers.authorization));
    if (keyId === undefined) {
      reply.header('www-authenticate', 'Bearer');
      throw unauthorizedError(request.headers.authorization);
    }
    request.keyId = keyId;
    if (config.countsAsRequest === true) limits.countRequest(keyId);
  });
}

function unauthorizedError(header: string | undefined): QuireError {
  const message = header === undefined ? 'the request has no API key' : 'the API key is not valid';
  return new QuireError(
    'unauthorized',
    message,
    'send "Authorization: Bearer KEY" with a key of this server',
  );
}
