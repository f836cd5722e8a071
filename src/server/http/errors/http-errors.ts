// Every failure over HTTP in the form that OpenAI's clients read, and a request id on every response so that
// a report can be matched with the log.

import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asQuireError, type ErrorCode, isAbort, isFault, QuireError } from '../../../base/errors.ts';
import { asUnloaded } from '../../../service/model-registry.ts';
import { RateLimitError } from '../keys/key-limiter.ts';
import { BODY_LIMIT_BYTES } from '../limits.ts';
import { prefixOf } from '../url-prefix.ts';
import { nearestRoute } from './nearest-route.ts';

export type Log = (line: string) => void;

/** The body of an error response. `param` is null where no parameter is at fault, as the clients expect. */
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

/** Answers with `error`; what it gives is for handlers that are async, as their result. */
export function sendError(reply: FastifyReply, error: QuireError, status = error.status): FastifyReply {
  // Both pass by themselves, and clients wait for as long as they are told.
  if (status === 429 || status === 503) {
    const seconds = error instanceof RateLimitError ? error.retrySeconds : RETRY_SECONDS;
    reply.header('retry-after', String(seconds));
  }
  return reply.code(status).send(errorBody(error, status));
}

/** A refusal whose status is not the usual one of its code. */
export class HttpError extends QuireError {
  readonly statusCode: number;

  constructor(statusCode: number, what: string, hint: string, code: ErrorCode = 'bad_message') {
    super(code, what, hint);
    this.statusCode = statusCode;
  }
}

/** Errors that arise before a route is looked up, such as an address that cannot be decoded. */
export function frameworkErrors(thrown: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const error = fromHttp(thrown, request);
  sendError(reply.header('x-request-id', request.id), error, thrown.statusCode ?? error.status);
}

/** Answers bytes that are not HTTP, and headers that are too large. */
export function clientErrors(thrown: Error & { code?: string }, socket: Socket): void {
  if (thrown.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = thrown.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
  const error = new QuireError('bad_message', 'the request is not valid HTTP', 'correct the request');
  const body = JSON.stringify(errorBody(error, status));
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json`;
  const size = Buffer.byteLength(body);
  socket.end(
    `${head}\r\ncontent-length: ${size}\r\nx-request-id: req_${randomUUID()}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/** Installs the request id, the form of errors, and the answer to unknown routes. */
export function installErrors(app: FastifyInstance, log: Log): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.setNotFoundHandler(async (request, reply) => {
    const what = `there is no ${request.method} ${pathOf(request)}`;
    const prefix = prefixOf(app);
    const isRoute = (url: string): boolean => app.hasRoute({ method: request.method, url: prefix + url });
    const meant = nearestRoute(pathOf(request).slice(prefix.length), isRoute);
    const hint = `the page is at ${prefix}/, and every route in ${prefix}/openapi.json`;
    return sendError(
      reply,
      new QuireError('not_found', what, meant === undefined ? hint : `did you mean ${prefix}${meant}?`),
    );
  });
  app.setErrorHandler(async (thrown: FastifyError, request, reply) => {
    const error = fromHttp(thrown, request);
    const status = error instanceof HttpError ? error.statusCode : statusOf(thrown, error);
    request.notes.error = error.code;
    if (isFault(error, status)) log(faultLine(request, error));
    return sendError(reply, error, status);
  });
}

/** One line on a failure that is the server's own. What follows a question mark is left out: people search for texts. */
export function faultLine(request: FastifyRequest, error: QuireError): string {
  return `${request.id} ${request.method} ${pathOf(request)} ${error.fullLine}`;
}

/** The address without what follows the question mark, which may be secrets or texts. */
export const pathOf = ({ url }: FastifyRequest): string => url.split('?', 1)[0]!.slice(0, 200);

function statusOf(thrown: FastifyError, error: QuireError): number {
  return error.code === 'client_closed' ? error.status : (thrown.statusCode ?? error.status);
}

function fromHttp(thrown: FastifyError, request: FastifyRequest): QuireError {
  if (thrown instanceof QuireError) return asUnloaded(thrown);
  const status = thrown.statusCode ?? 500;
  // A stream whose reader went before its first byte, a body whose sender did, or work that was left because of that.
  const left = thrown.code === 'ERR_STREAM_PREMATURE_CLOSE' || clientHasGone(thrown);
  if (left || (request.raw.destroyed && request.raw.aborted)) return clientClosed();
  if (status >= 500) return asQuireError(thrown);
  if (status === 413) return tooLarge(request);
  if (status === 415) return wrongKind(request);
  if (/^(Z_|ERR__|ERR_BROTLI)/.test(thrown.code)) return notDecoded(thrown);
  return new QuireError('bad_message', thrown.message, 'correct the request', { cause: thrown });
}

/** Whether work was left because nobody waits for it any more: a server that stops says so in its own words. */
export const clientHasGone = isAbort;

/** Nobody reads it: it is for the log. */
export const clientClosed = (): QuireError =>
  new QuireError('client_closed', 'the client closed the connection', 'ask again');

const tooLarge = ({ routeOptions: { bodyLimit = BODY_LIMIT_BYTES } }: FastifyRequest): QuireError =>
  new QuireError('body_too_large', `the body has more than ${bodyLimit} bytes`, 'send less');

function wrongKind({ headers }: FastifyRequest): QuireError {
  const kind = headers['content-type'];
  const what =
    kind === undefined
      ? 'the body has no Content-Type'
      : `the body is sent as ${JSON.stringify(kind.slice(0, 64))}`;
  return new QuireError('bad_message', what, 'send JSON with the header "Content-Type: application/json"');
}

const notDecoded = (cause: Error): QuireError =>
  new QuireError('bad_message', 'the body is not in the encoding that Content-Encoding names', 'correct it', {
    cause,
  });
