// Logs as JSON lines, one for each request when it has ended and one for each fault: for machines that collect them.
// Message texts are in them only when that was asked for.

import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import type { ErrorCode } from '../../../base/errors.ts';
import { type Log, pathOf } from '../errors/http-errors.ts';

export interface JsonLogOptions {
  /** takes a line, its end included */
  readonly write: (line: string) => void;
  /** also write messages and answers */
  readonly texts?: boolean;
}

export function jsonLogger({ write }: JsonLogOptions): Logger {
  return pino({ base: {}, timestamp: pino.stdTimeFunctions.isoTime }, { write });
}

/** Faults as lines of the same log. */
export const faultLog =
  (logger: Logger): Log =>
  (line) =>
    logger.error(line);

/**
 * Writes a line for each request that ends.
 * @param nameOf the name of a key, where it has one
 */
export function installRequestLog(
  app: FastifyInstance,
  logger: Logger,
  texts: boolean,
  nameOf: (keyId: string) => string | undefined,
): void {
  app.addHook('onResponse', async (request, reply) => {
    const { texts: said, ...notes } = request.notes;
    logger.info(
      {
        requestId: request.id,
        ...(request.keyId === '' ? {} : { keyId: request.keyId, key: nameOf(request.keyId) }),
        method: request.method,
        path: pathOf(request),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        ...notes,
        ...(reply.raw.writableFinished ? {} : { error: 'client_closed' satisfies ErrorCode }),
        ...(texts && said !== undefined ? { texts: said } : {}),
      },
      'request',
    );
  });
}
