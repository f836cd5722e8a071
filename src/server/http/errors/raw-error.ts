// Error responses on connections that Fastify does not serve: bytes that are not HTTP, and rejected WebSocket handshakes.

import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { QuireError } from '../../../base/errors.ts';
import { newRequestId } from '../request-id.ts';
import { errorBody, retryHeaders } from './error-response.ts';

/** Writes `error` as an HTTP response and ends the connection. */
export function endWithError(socket: Duplex, error: QuireError, status = error.status): void {
  const body = JSON.stringify(errorBody(error, status));
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-request-id': newRequestId(),
    connection: 'close',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...retryHeaders(error, status),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n'));
}

/** Responds to bytes that are not HTTP and to headers that are too large (Fastify's `clientErrorHandler`). */
export function handleClientError(thrown: Error & { code?: string }, socket: Duplex): void {
  if (thrown.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const error = new QuireError('bad_message', 'the request is not valid HTTP', 'correct the request');
  endWithError(socket, error, thrown.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400);
}
