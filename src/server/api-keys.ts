// Who may use the server: bearer keys, compared in constant time, and a short id of the key for everything that is
// kept apart by key (the cache, stored conversations, logs). The id is a hash, so it can be written down.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { QuireError } from '../base/errors.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** of the key that the request came with; `''` where no keys are set */
    keyId: string;
  }
  interface FastifyInstance {
    /** for routes that are given a key in another way than by header */
    readonly checkKey: CheckKey;
  }
}

/** The id of a key, or undefined when it is refused. Without keys every text, and none, has the id `''`. */
export type CheckKey = (text: string | undefined) => string | undefined;

const KEY_ID_DIGITS = 16;

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Raises `bad_option` for a key that no header can carry. */
export function keyChecker(keys: readonly string[]): CheckKey {
  for (const key of keys) {
    if (/^[\x21-\x7e]+$/.test(key)) continue;
    const hint = 'it takes visible ASCII characters without spaces';
    throw new QuireError('bad_option', 'an API key is empty or has other characters', hint);
  }
  if (keys.length === 0) return () => '';
  const known = keys.map(hash);
  return (text) => {
    const given = hash(text ?? '');
    // Every key is compared whole, so that the time says nothing about any of them.
    const found = known.filter((one) => timingSafeEqual(one, given)).length > 0;
    return found ? given.toString('hex').slice(0, KEY_ID_DIGITS) : undefined;
  };
}

/** The token of `Authorization: Bearer TOKEN`. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

/**
 * Whether a route asks for a key by header. Static files hold no secrets, supervisors have no keys, a socket brings
 * its key in its own way and checks it itself, and an address that is not there is told without one.
 * @param url of the route as it was registered; undefined where none matched
 */
export function asksForKey(url: string | undefined): boolean {
  if (url === undefined || url.startsWith('/ws/')) return false;
  return !['/', '/*', '/health'].includes(url);
}

/** Refuses requests without a good key, and gives the others the id of theirs. */
export function installKeys(app: FastifyInstance, keys: readonly string[]): void {
  const checkKey = keyChecker(keys);
  app.decorate('checkKey', checkKey);
  app.decorateRequest('keyId', '');
  app.addHook('onRequest', async (request, reply) => {
    if (!asksForKey(request.routeOptions.url)) return;
    const keyId = checkKey(bearerToken(request.headers.authorization));
    if (keyId !== undefined) {
      request.keyId = keyId;
      return;
    }
    reply.header('www-authenticate', 'Bearer');
    const what =
      request.headers.authorization === undefined ? 'the request has no API key' : 'no such API key';
    throw new QuireError('unauthorized', what, 'send "Authorization: Bearer KEY" with a key of this server');
  });
}
