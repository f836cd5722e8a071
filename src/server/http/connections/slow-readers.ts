// Readers of whole answers. What waits for a client that takes nothing is held in memory, so a connection on which nothing
// has moved for a time is dropped. Node's own timer of a socket knows whether something moved: it looks at what the operating
// system has taken since, so who reads slowly is never dropped. Event streams have their own patience (sse-stream.ts),
// because they are silent while a prompt is computed.

import type { FastifyInstance } from 'fastify';

/** @param patienceMs how long a reader may take nothing */
export function dropSlowReaders(app: FastifyInstance, patienceMs: number): void {
  app.addHook('onSend', async (_request, reply, payload) => {
    if (!String(reply.getHeader('content-type') ?? '').startsWith('text/event-stream')) {
      // Without a listener Node ends the connection; when the answer has left it sets the time for the next request.
      reply.raw.setTimeout(patienceMs);
    }
    return payload;
  });
}
