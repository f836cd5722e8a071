// Writes events to one socket as JSON and waits for slow readers. A peer that does not read holds at most
// PENDING_LIMIT_BYTES in memory here: beyond it the answer pauses, and so does reading from that peer, so
// that a flood of bad frames cannot pile up refusals either. A peer that takes nothing for a time is cut.

import type { WebSocket } from '@fastify/websocket';
import { SLOW_READER_MS } from '../limits.ts';
import type { ChatEvent } from './chat-events.ts';

const PENDING_LIMIT_BYTES = 256 * 1024;

export class EventSender {
  readonly #socket: WebSocket;
  readonly #slowReaderMs: number;
  /** events that are handed to the socket and have not left it */
  #pending = 0;
  /** runs while there are any, anew from each one that leaves */
  #patience: NodeJS.Timeout | undefined;

  /** @param slowReaderMs how long a peer may take nothing of what waits for it */
  constructor(socket: WebSocket, slowReaderMs = SLOW_READER_MS) {
    this.#socket = socket;
    this.#slowReaderMs = slowReaderMs;
    socket.once('close', () => clearTimeout(this.#patience));
  }

  /** Resolves when the next event may be sent; at once after the socket has closed. Never rejects. */
  async send(event: ChatEvent): Promise<void> {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount < PENDING_LIMIT_BYTES) {
      void this.#write(event);
      return;
    }
    socket.pause();
    await this.#write(event);
    socket.resume();
  }

  /** Resolves when the event has left, or never will: a failed write shows as the socket's close. */
  #write(event: ChatEvent): Promise<void> {
    if (this.#pending++ === 0) this.#wait();
    return new Promise((resolve) => {
      this.#socket.send(JSON.stringify(event), () => {
        if (--this.#pending > 0) this.#wait();
        resolve();
      });
    });
  }

  #wait(): void {
    // One timer for the socket's life, because events are many.
    if (this.#patience !== undefined) this.#patience.refresh();
    else {
      this.#patience = setTimeout(() => {
        if (this.#pending > 0) this.#socket.terminate();
      }, this.#slowReaderMs).unref();
    }
  }
}
