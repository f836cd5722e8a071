// Turns every failed request into an error response, and puts a request id on every response, so that a bug report can be
// matched with the log.

import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asQuireError, isAbort, isFault, QuireError } from '../../../base/errors.ts';
import { asUnloadedError } from '../../../service/model-registry.ts';
import { BODY_LIMIT_BYTES } from '../limits.ts';
import { faultLine, type Log } from '../logs/fault-log.ts';
import { pathOf, prefixOf } from '../url-path.ts';
import { clientClosed, HttpError, sendError } from './error-response.ts';
import { nearestRoute } from './nearest-route.ts';

/** Fastify's `frameworkErrors`: errors before routing, such as a URL that cannot be decoded. */
export function handleFrameworkError(
  thrown: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const error = fromHttp(thrown, request);
  sendError(reply.header('x-request-id', request.id), error, thrown.statusCode ?? error.status);
}

/** Installs the request id header, the error handler and the handler of unknown routes. */
export function installErrorHandlers(app: FastifyInstance, log: Log): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.setNotFoundHandler(async (request, reply) => sendError(reply, unknownRoute(app, request)));
  app.setErrorHandler(async (thrown: FastifyError, request, reply) => {
    const error = fromHttp(thrown, request);
    const status = error instanceof HttpError ? error.statusCode : statusOf(thrown, error);
    request.notes.error = error.code;
    if (isFault(error, status)) log(faultLine(request, error));
    return sendError(reply, error, status);
  });
}

function unknownRoute(app: FastifyInstance, request: FastifyRequest): QuireError {
  const prefix = prefixOf(app);
  const isRoute = (url: string): boolean => app.hasRoute({ method: request.method, url: prefix + url });
  const nearest = nearestRoute(pathOf(request).slice(prefix.length), isRoute);
  const hint =
    nearest === undefined
      ? `open the page at ${prefix}/, or see all routes in ${prefix}/openapi.json`
      : `did you mean ${prefix}${nearest}?`;
  return new QuireError('not_found', `there is no ${request.method} ${pathOf(request)}`, hint);
}

function statusOf(thrown: FastifyError, error: QuireError): number {
  return error.code === 'client_closed' ? error.status : (thrown.statusCode ?? error.status);
}

function fromHttp(thrown: FastifyError, request: FastifyRequest): QuireError {
  if (thrown instanceof QuireError) return asUnloadedError(thrown);
  const status = thrown.statusCode ?? 500;
  // The client disconnected before the first byte of a stream or before the end of its body, and work was aborted for it.
  const disconnected = thrown.code === 'ERR_STREAM_PREMATURE_CLOSE' || isAbort(thrown);
  if (disconnected || (request.raw.destroyed && request.raw.aborted)) return clientClosed();
  if (status >= 500) return asQuireError(thrown);
  if (status === 413) return tooLarge(request);
  if (status === 415) return wrongContentType(request);
  if (/^(Z_|ERR__|ERR_BROTLI)/.test(thrown.code)) return notDecoded(thrown);
  return new QuireError('bad_message', thrown.message, 'correct the request', { cause: thrown });
}

const tooLarge = ({ routeOptions: { bodyLimit = BODY_LIMIT_BYTES } }: FastifyRequest): QuireError =>
  new QuireError('body_too_large', `the body has more than ${bodyLimit} bytes`, 'send a smaller body');

function wrongContentType({ headers }: FastifyRequest): QuireError {
  const type = headers['content-type'];
  const what =
    type === undefined
      ? 'the body has no Content-Type'
      : `the Content-Type ${JSON.stringify(type.slice(0, 64))} is not supported`;
  return new QuireError('bad_message', what, 'send JSON with the header "Content-Type: application/json"');
}

const notDecoded = (cause: Error): QuireError =>
  new QuireError(
    'bad_message',
    'the body cannot be decoded as its Content-Encoding states',
    'correct the header or the body',
    { cause },
  );
