// Error responses in the format that OpenAI's clients parse.

import type { FastifyReply } from 'fastify';
import { type ErrorCode, QuireError } from '../../../base/errors.ts';
import { RateLimitError } from '../keys/key-limiter.ts';

/** An error whose HTTP status differs from the default status of its code. */
export class HttpError extends QuireError {
  readonly statusCode: number;

  constructor(statusCode: number, what: string, hint: string, code: ErrorCode = 'bad_message') {
    super(code, what, hint);
    this.statusCode = statusCode;
  }
}

/** The body of an error response. `param` is null when no parameter is at fault, as clients expect. */
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

/** The `Retry-After` header of statuses that are temporary; clients wait for as long as it says. */
export function retryHeaders(error: QuireError, status = error.status): Record<string, string> {
  if (status !== 429 && status !== 503) return {};
  const seconds = error instanceof RateLimitError ? error.retrySeconds : RETRY_SECONDS;
  return { 'retry-after': String(seconds) };
}

/** Sends `error`. Async handlers return the result. */
export function sendError(reply: FastifyReply, error: QuireError, status = error.status): FastifyReply {
  return reply.code(status).headers(retryHeaders(error, status)).send(errorBody(error, status));
}

/** The client has disconnected. No client receives this error; it is for the log. */
export const clientClosed = (): QuireError =>
  new QuireError('client_closed', 'the client closed the connection', 'send the request again');
