// Applies the origin rules (origin-rules.ts) to an HTTP request or to the handshake of the chat socket.

import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { QuireError } from '../../../base/errors.ts';
import { isLoopbackName, isOriginAllowed } from './origin-rules.ts';

export function isListeningOnLoopback(app: FastifyInstance): boolean {
  const address = app.server.address();
  return typeof address === 'object' && address !== null && isLoopbackName(address.address);
}

/** Whether the page that sent a request may use the server; true if the request was not sent by a page. */
export function isPageAllowed(
  app: FastifyInstance,
  { headers: { origin, host } }: Pick<IncomingMessage, 'headers'>,
  allowed: readonly string[],
): boolean {
  return isOriginAllowed({ origin, host, loopback: isListeningOnLoopback(app), allowed });
}

export const forbiddenOriginError = (origin = ''): QuireError =>
  new QuireError(
    'forbidden_origin',
    `pages of ${origin.slice(0, 100)} may not use this server`,
    'open the page that this server serves, or allow the origin with --allow-origin',
  );
