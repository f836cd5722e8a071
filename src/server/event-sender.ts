// Writes events to one socket as JSON and waits for slow readers. A peer that does not read holds at most
// PENDING_LIMIT_BYTES in memory here: beyond it the answer pauses, and so does reading from that peer, so
// that a flood of bad frames cannot pile up refusals either.

import type { WebSocket } from '@fastify/websocket';
import type { ChatEvent } from './chat-events.ts';

const PENDING_LIMIT_BYTES = 256 * 1024;

export class EventSender {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** Resolves when the next event may be sent; at once after the socket has closed. Never rejects. */
  async send(event: ChatEvent): Promise<void> {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount < PENDING_LIMIT_BYTES) {
      // A failed write shows as the socket's close, which ends the session.
      socket.send(JSON.stringify(event), () => undefined);
      return;
    }
    socket.pause();
    await new Promise<void>((resolve) => socket.send(JSON.stringify(event), () => resolve()));
    socket.resume();
  }
}
