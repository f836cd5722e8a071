// Restricts a route to the operators of the server: clients that have an API key or run on the same machine.

import type { FastifyRequest } from 'fastify';
import { QuireError } from '../../../base/errors.ts';

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/** Throws `unauthorized` if the client is not an operator. */
export function checkOperator({ keyId, ip }: FastifyRequest): void {
  if (keyId !== '' || LOOPBACK.test(ip)) return;
  throw new QuireError(
    'unauthorized',
    'this route is for the operators of the server',
    'start the server with --api-key and send the key, or send the request from the same machine',
  );
}
