// Replaces two checks of Node, which would answer an invalid request with an empty body. These checks send the usual error
// response instead.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { QuireError } from '../../../base/errors.ts';
import { newRequestId } from '../request-id.ts';
import { errorBody } from './error-response.ts';

const EXPECTATION_FAILED = 417;

/** Installs the checks. The server must have been created with `requireHostHeader: false`. */
export function installHttpChecks(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw }) => {
    if (raw.httpVersion === '1.1' && raw.headers.host === undefined) {
      const hint = 'send a Host header: HTTP/1.1 requires it';
      throw new QuireError('bad_message', 'the request has no Host header', hint);
    }
  });
  if (app.server.listenerCount('checkExpectation') > 0) return; // the application or another plugin handles the event
  app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const value = JSON.stringify(request.headers.expect?.slice(0, 64));
    const error = new QuireError(
      'bad_message',
      `the Expect header ${value} is not supported`,
      'omit the Expect header',
    );
    const headers = { 'content-type': 'application/json', 'x-request-id': newRequestId() };
    response.writeHead(EXPECTATION_FAILED, { ...headers, connection: 'close' });
    response.end(JSON.stringify(errorBody(error, EXPECTATION_FAILED)));
  });
}
