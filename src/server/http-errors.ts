// Every failure over HTTP in the form that OpenAI's clients read, and a request id on every response so that
// a report can be matched with the log.

import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asQuireError, QuireError } from '../base/errors.ts';
import { BODY_LIMIT_BYTES } from './limits.ts';
import { ParameterError } from './parameter-error.ts';

export type Log = (line: string) => void;

/** The body of an error response. `param` is null where no parameter is at fault, as the clients expect. */
export function errorBody(error: QuireError, status = error.status) {
  return {
    error: {
      message: `${error.message}; ${error.hint}`,
      type: TYPES[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error'),
      param: error instanceof ParameterError ? error.param : null,
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
  if (status === 429 || status === 503) reply.header('retry-after', String(RETRY_SECONDS));
  return reply.code(status).send(errorBody(error, status));
}

/** Errors that arise before a route is looked up, such as an address that cannot be decoded. */
export function frameworkErrors(thrown: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  sendError(reply.header('x-request-id', request.id), fromHttp(thrown), thrown.statusCode ?? 500);
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
    const path = request.url.slice(0, 200);
    const what = `there is no ${request.method} ${path}`;
    return sendError(
      reply,
      new QuireError('not_found', what, 'the page is at /, and every route in /openapi.json'),
    );
  });
  app.setErrorHandler(async (thrown: FastifyError, request, reply) => {
    const error = fromHttp(thrown);
    const status = thrown.statusCode ?? error.status;
    request.notes.error = error.code;
    if (status >= 500 && error.code !== 'shutting_down' && error.code !== 'model_loading')
      log(`${request.id} ${request.method} ${request.url} ${error.fullLine}`);
    return sendError(reply, error, status);
  });
}

function fromHttp(thrown: FastifyError): QuireError {
  const status = thrown.statusCode ?? 500;
  if (thrown instanceof QuireError || status >= 500) return asQuireError(thrown);
  if (status === 413) return tooLarge();
  return new QuireError('bad_message', thrown.message, 'correct the request', { cause: thrown });
}

const tooLarge = (): QuireError =>
  new QuireError('body_too_large', `the body has more than ${BODY_LIMIT_BYTES} bytes`, 'send less');
