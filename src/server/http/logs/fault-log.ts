// Log lines for faults of the server.

import type { FastifyRequest } from 'fastify';
import type { QuireError } from '../../../base/errors.ts';
import { pathOf } from '../url-path.ts';

export type Log = (line: string) => void;

/** Returns one line about a fault. The query of the URL is omitted, because people search for texts. */
export function faultLine(request: FastifyRequest, error: QuireError): string {
  return `${request.id} ${request.method} ${pathOf(request)} ${error.fullLine}`;
}
