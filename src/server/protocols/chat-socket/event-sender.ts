// Writes events to one socket as JSON, and waits for a slow client. While PENDING_LIMIT_BYTES or more are unread, `send` waits,
// and the server stops reading from the client, so that errors about a flood of invalid frames cannot accumulate. A client that
// does not read for some time is disconnected.

import type { WebSocket } from 'ws';
import { SLOW_CLIENT_TIMEOUT_MS } from '../../http/limits.ts';
import type { ChatEvent } from './chat-events.ts';

const PENDING_LIMIT_BYTES = 256 * 1024;

export class EventSender {
  readonly #socket: WebSocket;
  readonly #slowReaderMs: number;
  /** number of events passed to the socket that have not been written to the connection */
  #pending = 0;
  /** runs while events are pending; restarted whenever an event is written */
  #readTimeout: NodeJS.Timeout | undefined;

  /** @param slowReaderMs time after which a client that does not read is disconnected */
  constructor(socket: WebSocket, slowReaderMs = SLOW_CLIENT_TIMEOUT_MS) {
    this.#socket = socket;
    this.#slowReaderMs = slowReaderMs;
    socket.once('close', () => clearTimeout(this.#readTimeout));
  }

  /** Sends an event. Resolves when the next event may be sent, or immediately if the socket has closed. Never rejects. */
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

  /** Like `send`, without waiting. */
  post(event: ChatEvent): void {
    this.send(event).catch(() => this.#socket.terminate());
  }

  /** @param onWritten called when the write has succeeded or failed; a failed write closes the socket */
  #write(event: ChatEvent, onWritten: () => void = () => {}): void {
    if (this.#pending++ === 0) this.#restartTimeout();
    this.#socket.send(JSON.stringify(event), () => {
      if (--this.#pending > 0) this.#restartTimeout();
      onWritten();
    });
  }

  #restartTimeout(): void {
    // One timer is reused, because events are frequent.
    if (this.#readTimeout !== undefined) this.#readTimeout.refresh();
    else {
      this.#readTimeout = setTimeout(() => {
        if (this.#pending > 0) this.#socket.terminate();
      }, this.#slowReaderMs).unref();
    }
  }
}
