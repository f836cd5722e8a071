// Writes events to one socket as JSON and waits for slow readers. A peer that does not read holds at most
// PENDING_LIMIT_BYTES in memory here: beyond it the answer pauses, and so does reading from that peer, so
// that a flood of bad frames cannot pile up refusals either. A peer that takes nothing for a time is cut.

import type { WebSocket } from 'ws';
import { SLOW_READER_MS } from '../../http/limits.ts';
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
      this.#write(event);
      return;
    }
    socket.pause();
    await new Promise<void>((resolve) => this.#write(event, resolve));
    socket.resume();
  }

  /** As `send`, for who does not wait. */
  post(event: ChatEvent): void {
    this.send(event).catch(() => this.#socket.terminate());
  }

  /** @param left called when the event has left, or never will: a failed write shows as the socket's close */
  #write(event: ChatEvent, left: () => void = () => {}): void {
    if (this.#pending++ === 0) this.#wait();
    this.#socket.send(JSON.stringify(event), () => {
      if (--this.#pending > 0) this.#wait();
      left();
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
