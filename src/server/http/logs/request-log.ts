// Writes JSON lines for log collectors: one per completed request and one per fault. Texts are included only if configured.
// Fastify's logger is not used for two reasons: the plugin may run in an application that has configured that logger for
// other purposes, and a line must contain counts that are known only after the response.

import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import type { ErrorCode } from '../../../base/errors.ts';
import { pathOf } from '../url-path.ts';
import type { Log } from './fault-log.ts';

export interface JsonLogOptions {
  /** receives a line with its line break */
  readonly write: (line: string) => void;
  /** also log messages and answers */
  readonly texts?: boolean;
}

/** The part of pino's logger that is used. Users of the package have no types of pino. */
export interface JsonLogger {
  info(fields: object, message: string): void;
  error(line: string): void;
}

export function jsonLogger({ write }: JsonLogOptions): JsonLogger {
  return pino({ base: {}, timestamp: pino.stdTimeFunctions.isoTime }, { write });
}

/** Returns a function that writes faults to the same log. */
export const faultLog =
  (logger: JsonLogger): Log =>
  (line) =>
    logger.error(line);

/**
 * Writes a line for each completed request.
 * @param nameOf returns the name of a key, if it has one
 */
export function installRequestLog(
  app: FastifyInstance,
  logger: JsonLogger,
  withTexts: boolean,
  nameOf: (keyId: string) => string | undefined,
): void {
  app.addHook('onResponse', async (request, reply) => {
    const { texts, ...otherFields } = request.logFields;
    logger.info(
      {
        requestId: request.id,
        ...(request.keyId === '' ? {} : { keyId: request.keyId, key: nameOf(request.keyId) }),
        method: request.method,
        path: pathOf(request),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        ...otherFields,
        ...(reply.raw.writableFinished ? {} : { error: 'client_closed' satisfies ErrorCode }),
        ...(withTexts && texts !== undefined ? { texts } : {}),
      },
      'request',
    );
  });
}
