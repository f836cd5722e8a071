// Sends an error response for every failed request, and a request id with every response, so that a bug report can be matched
// with the log.

import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asQuireError, isAbort, isFault, QuireError } from '../../../base/errors.ts';
import { asUnloadedError } from '../../../service/model-errors.ts';
import { BODY_LIMIT_BYTES } from '../limits.ts';
import { faultLine, type Log } from '../logs/fault-log.ts';
import { pathOf, prefixOf } from '../url-path.ts';
import { clientClosedError, HttpError, sendError } from './error-response.ts';
import { nearestRoute } from './nearest-route.ts';

/** Handles errors before routing, such as a URL that cannot be decoded (Fastify's `frameworkErrors`). */
export function handleFrameworkError(
  thrown: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const error = toQuireError(thrown, request);
  sendError(reply.header('x-request-id', request.id), error, thrown.statusCode ?? error.status);
}

/** Installs the request id header, the error handler and the handler of unknown routes. */
export function installErrorHandlers(app: FastifyInstance, log: Log): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.setNotFoundHandler(async (request, reply) => sendError(reply, unknownRouteError(app, request)));
  app.setErrorHandler(async (thrown: FastifyError, request, reply) => {
    const error = toQuireError(thrown, request);
    const status = error instanceof HttpError ? error.statusCode : statusOf(thrown, error);
    request.logFields.error = error.code;
    if (isFault(error, status)) log(faultLine(request, error));
    return sendError(reply, error, status);
  });
}

function unknownRouteError(app: FastifyInstance, request: FastifyRequest): QuireError {
  const prefix = prefixOf(app);
  const isRoute = (url: string): boolean => app.hasRoute({ method: request.method, url: prefix + url });
  const path = pathOf(request).slice(prefix.length);
  const nearest = nearestRoute(path, isRoute);
  const hint = nearest === undefined ? unknownRouteHint(path, prefix) : `did you mean ${prefix}${nearest}?`;
  return new QuireError('not_found', `there is no ${request.method} ${pathOf(request)}`, hint);
}

// Some clients use the Responses API by default, and can be told to use chat completions.
const unknownRouteHint = (path: string, prefix: string): string =>
  path.endsWith('/responses')
    ? `the Responses API is not supported; let the client use ${prefix}/v1/chat/completions`
    : `open the page at ${prefix}/, or see all routes in ${prefix}/openapi.json`;

function statusOf(thrown: FastifyError, error: QuireError): number {
  return error.code === 'client_closed' ? error.status : (thrown.statusCode ?? error.status);
}

function toQuireError(thrown: FastifyError, request: FastifyRequest): QuireError {
  if (thrown instanceof QuireError) return asUnloadedError(thrown);
  const status = thrown.statusCode ?? 500;
  // The client disconnected before the end of its request body or before the first byte of a stream.
  const disconnected = thrown.code === 'ERR_STREAM_PREMATURE_CLOSE' || isAbort(thrown);
  if (disconnected || (request.raw.destroyed && request.raw.aborted)) return clientClosedError();
  if (status >= 500) return asQuireError(thrown);
  if (status === 413) return bodyTooLargeError(request);
  if (status === 415) return contentTypeError(request);
  if (/^(Z_|ERR__|ERR_BROTLI)/.test(thrown.code)) return decodingError(thrown);
  return new QuireError('bad_message', thrown.message, 'correct the request', { cause: thrown });
}

const bodyTooLargeError = ({ routeOptions: { bodyLimit = BODY_LIMIT_BYTES } }: FastifyRequest): QuireError =>
  new QuireError('body_too_large', `the body has more than ${bodyLimit} bytes`, 'send a smaller body');

function contentTypeError({ headers }: FastifyRequest): QuireError {
  const type = headers['content-type'];
  const message =
    type === undefined
      ? 'the body has no Content-Type'
      : `the Content-Type ${JSON.stringify(type.slice(0, 64))} is not supported`;
  return new QuireError('bad_message', message, 'send JSON with the header "Content-Type: application/json"');
}

const decodingError = (cause: Error): QuireError =>
  new QuireError(
    'bad_message',
    'the body cannot be decoded as its Content-Encoding states',
    'correct the header or the body',
    { cause },
  );
