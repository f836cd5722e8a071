// What only those may do who run the server: they have a key, or sit at the machine.

import type { FastifyRequest } from 'fastify';
import { QuireError } from '../../../base/errors.ts';

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/** Raises `unauthorized`. */
export function checkOperator({ keyId, ip }: FastifyRequest): void {
  if (keyId !== '' || LOOPBACK.test(ip)) return;
  const what = 'this is for who runs the server';
  throw new QuireError(
    'unauthorized',
    what,
    'start the server with --api-key and send the key, or ask from its machine',
  );
}
