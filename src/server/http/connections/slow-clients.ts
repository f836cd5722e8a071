// Disconnects clients that do not read their responses, because unread bytes are held in memory. Node's socket timeout counts
// bytes that the operating system has accepted, so a slow client that keeps reading is never disconnected. Event streams are
// exempt, because they are silent during prefill; sse-stream.ts has a timeout for them.

import type { FastifyInstance } from 'fastify';

/** @param timeoutMs time without any reading after which a client is disconnected */
export function disconnectSlowClients(app: FastifyInstance, timeoutMs: number): void {
  app.addHook('onSend', async (_request, reply, payload) => {
    if (!String(reply.getHeader('content-type') ?? '').startsWith('text/event-stream')) {
      // Node closes the connection on a timeout without a listener. After the response, Node sets the timeout of the next request.
      reply.raw.setTimeout(timeoutMs);
    }
    return payload;
  });
}
