// What Node would refuse by itself, and without a word: answered in the form of all errors.

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { QuireError } from '../../../base/errors.ts';
import { errorBody } from './http-errors.ts';

const EXPECTATION_FAILED = 417;

/** For a server that was made with `requireHostHeader: false`. */
export function installProtocolChecks(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw }) => {
    if (raw.httpVersion === '1.1' && raw.headers.host === undefined)
      throw new QuireError('bad_message', 'the request has no Host header', 'send one: HTTP/1.1 asks for it');
  });
  if (app.server.listenerCount('checkExpectation') > 0) return; // of the application, or of another plugin on its server
  app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const given = JSON.stringify(request.headers.expect?.slice(0, 64));
    const error = new QuireError('bad_message', `the expectation ${given} is not known`, 'leave Expect out');
    const headers = { 'content-type': 'application/json', 'x-request-id': `req_${randomUUID()}` };
    response.writeHead(EXPECTATION_FAILED, { ...headers, connection: 'close' });
    response.end(JSON.stringify(errorBody(error, EXPECTATION_FAILED)));
  });
}
