// Who may use the server over HTTP: bearer keys, and what each of them may do.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { QuireError } from '../../../base/errors.ts';
import type { KeyLimiter } from './key-limiter.ts';
import type { CheckKey, KeyRing } from './key-ring.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** of the key that the request came with; `''` where no keys are set */
    keyId: string;
  }
  interface FastifyInstance {
    /** for routes that are given a key in another way than by header */
    readonly checkKey: CheckKey;
  }
  interface FastifyContextConfig {
    /** it computes something: it counts as a request of its key */
    readonly counted?: boolean;
    /** it is for everybody: it asks for no key, or takes one in a way of its own */
    readonly open?: boolean;
  }
}

/** The token of `Authorization: Bearer TOKEN`. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

/**
 * Whether a route asks for a key by header. Static files hold no secrets, supervisors have no keys, a socket brings
 * its key in its own way and checks it itself, and an address that is not there is told without one.
 */
export const asksForKey = ({ routeOptions: { url, config } }: FastifyRequest): boolean =>
  url !== undefined && config.open !== true;

/** Refuses requests without a good key, and those of a key that sends too many; gives the others the id of theirs. */
export function installKeys(app: FastifyInstance, keys: KeyRing, limits: KeyLimiter): void {
  app.decorate('checkKey', (text) => keys.check(text));
  app.decorateRequest('keyId', '');
  app.addHook('onRequest', async (request, reply) => {
    const { config } = request.routeOptions;
    if (!asksForKey(request)) return;
    const keyId = keys.check(bearerToken(request.headers.authorization));
    if (keyId === undefined) {
      reply.header('www-authenticate', 'Bearer');
      throw unauthorized(request.headers.authorization);
    }
    request.keyId = keyId;
    if (config.counted === true) limits.request(keyId);
  });
}

function unauthorized(header: string | undefined): QuireError {
  const what = header === undefined ? 'the request has no API key' : 'no such API key';
  return new QuireError('unauthorized', what, 'send "Authorization: Bearer KEY" with a key of this server');
}
