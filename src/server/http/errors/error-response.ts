// Error responses in the format that OpenAI's clients parse.

import type { FastifyReply } from 'fastify';
import { type ErrorCode, QuireError } from '../../../base/errors.ts';
import { RateLimitError } from '../keys/key-limiter.ts';

/** An error whose HTTP status differs from the default status of its code. */
export class HttpError extends QuireError {
  readonly statusCode: number;

  constructor(statusCode: number, message: string, hint: string, code: ErrorCode = 'bad_message') {
    super(code, message, hint);
    this.statusCode = statusCode;
  }
}

/** Returns the body of an error response. `param` is null if the error does not concern a parameter, as clients expect. */
export function errorBody(error: QuireError, status = error.status) {
  return {
    error: {
      message: `${error.message}; ${error.hint}`,
      type: TYPES[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error'),
      param: error.option ?? null,
      code: error.code,
    },
  };
}

const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  429: 'rate_limit_error',
};

const RETRY_SECONDS = 1;

/** Returns the `Retry-After` header if the status is temporary; clients retry after that time. */
export function retryHeaders(error: QuireError, status = error.status): Record<string, string> {
  if (status !== 429 && status !== 503) return {};
  const seconds = error instanceof RateLimitError ? error.retrySeconds : RETRY_SECONDS;
  return { 'retry-after': String(seconds) };
}

/** Sends `error`. Async handlers must return the reply. */
export function sendError(reply: FastifyReply, error: QuireError, status = error.status): FastifyReply {
  return reply.code(status).headers(retryHeaders(error, status)).send(errorBody(error, status));
}

/** Creates the error that is logged when the client has disconnected. No client receives it. */
export const clientClosedError = (): QuireError =>
  new QuireError('client_closed', 'the client closed the connection', 'send the request again');
