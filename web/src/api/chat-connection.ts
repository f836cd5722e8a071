// Keeps one WebSocket open: connects, reconnects with exponential backoff, and passes events to its listener. chat-state.ts
// applies a lost connection to the state of a conversation.

import { type Command, parseEvent, type ServerEvent } from './chat-protocol.ts';

const MIN_DELAY_MS = 500;
const MAX_DELAY_MS = 15_000;
/** Needed because on a stalled network a socket neither opens nor fails. */
const OPEN_TIMEOUT_MS = 10_000;

export interface ConnectionListener {
  onOpen(): void;
  /** @param refused true if the socket never opened: the server is unreachable or rejected the key */
  onClose(refused: boolean): void;
  onEvent(event: ServerEvent): void;
}

/** Returns the delay before reconnecting, after `failures` (at least 1) failures in a row. */
export function reconnectDelayMs(failures: number): number {
  return Math.min(MAX_DELAY_MS, MIN_DELAY_MS * 2 ** Math.min(failures - 1, 10));
}

export class ChatConnection {
  readonly #url: string;
  readonly #protocols: () => string[];
  readonly #listener: ConnectionListener;
  #socket: WebSocket | undefined;
  #reconnectTimer: ReturnType<typeof setTimeout> | undefined;
  #openTimer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #closed = false;

  /** @param protocols returns the subprotocols; called for each connection, because the key may have changed */
  constructor(url: string, protocols: () => string[], listener: ConnectionListener) {
    this.#url = url;
    this.#protocols = protocols;
    this.#listener = listener;
    this.#connect();
  }

  /** Sends a command. Returns false if no socket is open. */
  send(command: Command): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(command));
    return true;
  }

  /** Reconnects at once instead of waiting for the delay. */
  retryNow(): void {
    if (this.#reconnectTimer === undefined) return;
    clearTimeout(this.#reconnectTimer);
    this.#connect();
  }

  /** Abandons a connection that is dead but not closed. Later events of its socket are ignored. */
  drop(): void {
    const socket = this.#socket;
    if (!socket || this.#closed || this.#reconnectTimer !== undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.#handleLoss(false);
  }

  /** Closes the connection and opens a new one, for example with another key. */
  reconnect(): void {
    if (this.#reconnectTimer !== undefined) this.retryNow();
    else this.#socket?.close();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#reconnectTimer);
    clearTimeout(this.#openTimer);
    this.#socket?.close();
  }

  #connect(): void {
    this.#reconnectTimer = undefined;
    const socket = new WebSocket(this.#url, this.#protocols());
    this.#socket = socket;
    let wasOpened = false;
    clearTimeout(this.#openTimer);
    this.#openTimer = setTimeout(() => this.drop(), OPEN_TIMEOUT_MS);
    socket.onopen = () => {
      wasOpened = true;
      clearTimeout(this.#openTimer);
      this.#failures = 0;
      if (!this.#closed) this.#listener.onOpen();
    };
    socket.onmessage = (message) => {
      const event = parseEvent(message.data);
      if (event && !this.#closed) this.#listener.onEvent(event);
    };
    socket.onclose = () => {
      if (!this.#closed) this.#handleLoss(!wasOpened);
    };
  }

  #handleLoss(refused: boolean): void {
    clearTimeout(this.#openTimer);
    this.#failures += 1;
    this.#reconnectTimer = setTimeout(() => this.#connect(), reconnectDelayMs(this.#failures));
    this.#listener.onClose(refused);
  }
}
