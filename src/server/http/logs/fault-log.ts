// Log lines for faults of the server.

import type { FastifyRequest } from 'fastify';
import type { QuireError } from '../../../base/errors.ts';
import { pathOf } from '../url-path.ts';

export type Log = (line: string) => void;

/** Returns the log line of a fault. The query of the URL is omitted, because it may contain private texts. */
export function faultLine(request: FastifyRequest, error: QuireError): string {
  return `${request.id} ${request.method} ${pathOf(request)} ${error.fullLine}`;
}
