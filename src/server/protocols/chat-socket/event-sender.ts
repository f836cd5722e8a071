// Writes events to one socket as JSON, and waits for slow clients. A client that does not read occupies at most
// PENDING_LIMIT_BYTES here: beyond it, sending waits, and the server stops reading from that client, so that errors about a
// flood of invalid frames cannot accumulate. A client that reads nothing for a time is disconnected.

import type { WebSocket } from 'ws';
import { SLOW_READER_MS } from '../../http/limits.ts';
import type { ChatEvent } from './chat-events.ts';

const PENDING_LIMIT_BYTES = 256 * 1024;

export class EventSender {
  readonly #socket: WebSocket;
  readonly #slowReaderMs: number;
  /** events passed to the socket that have not been written to the connection */
  #pending = 0;
  /** runs while events are pending; restarted whenever one is written */
  #readTimeout: NodeJS.Timeout | undefined;

  /** @param slowReaderMs how long a client may read nothing */
  constructor(socket: WebSocket, slowReaderMs = SLOW_READER_MS) {
    this.#socket = socket;
    this.#slowReaderMs = slowReaderMs;
    socket.once('close', () => clearTimeout(this.#readTimeout));
  }

  /** Resolves when the next event may be sent, and immediately after the socket has closed. Never rejects. */
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

  /** As `send`, without waiting. */
  post(event: ChatEvent): void {
    this.send(event).catch(() => this.#socket.terminate());
  }

  /** @param onWritten called when the event has been written, or never will be: a failed write closes the socket */
  #write(event: ChatEvent, onWritten: () => void = () => {}): void {
    if (this.#pending++ === 0) this.#restartTimeout();
    this.#socket.send(JSON.stringify(event), () => {
      if (--this.#pending > 0) this.#restartTimeout();
      onWritten();
    });
  }

  #restartTimeout(): void {
    // One timer per socket, because there are many events.
    if (this.#readTimeout !== undefined) this.#readTimeout.refresh();
    else {
      this.#readTimeout = setTimeout(() => {
        if (this.#pending > 0) this.#socket.terminate();
      }, this.#slowReaderMs).unref();
    }
  }
}
