// Keeps one WebSocket open: connects, connects again after a loss with growing pauses, and hands over events.
// What a loss means for the conversation is decided in chat-state.ts.

import { type Command, parseEvent, type ServerEvent } from './chat-protocol.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** A link that stalls neither opens a socket nor refuses it. */
const OPENING_MS = 10_000;

export interface ConnectionListener {
  opened(): void;
  /** @param refused the socket never opened: the server is away, or does not take the key */
  closed(refused: boolean): void;
  received(event: ServerEvent): void;
}

/** Pause before connecting again, after `failures` losses in a row (from 1). */
export function pauseMs(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10));
}

export class ChatConnection {
  readonly #url: string;
  readonly #protocols: () => string[];
  readonly #listener: ConnectionListener;
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #opening: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #ended = false;

  /** @param protocols asked for anew at each connection, because the key may have changed */
  constructor(url: string, protocols: () => string[], listener: ConnectionListener) {
    this.#url = url;
    this.#protocols = protocols;
    this.#listener = listener;
    this.#connect();
  }

  /** False when there is no open socket; the command is then not sent. */
  send(command: Command): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(command));
    return true;
  }

  /** Connects at once instead of waiting for the pause to end. */
  retryNow(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  /** The connection is dead, though nobody has closed it: what still came over it would come too late. */
  drop(): void {
    const socket = this.#socket;
    if (!socket || this.#ended || this.#timer !== undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.#lost(false);
  }

  /** Connects anew, as when the reader has given another key. */
  restart(): void {
    if (this.#timer !== undefined) this.retryNow();
    else this.#socket?.close();
  }

  close(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#opening);
    this.#socket?.close();
  }

  #connect(): void {
    this.#timer = undefined;
    const socket = new WebSocket(this.#url, this.#protocols());
    this.#socket = socket;
    let opened = false;
    clearTimeout(this.#opening);
    this.#opening = setTimeout(() => this.drop(), OPENING_MS);
    socket.onopen = () => {
      opened = true;
      clearTimeout(this.#opening);
      this.#failures = 0;
      if (!this.#ended) this.#listener.opened();
    };
    socket.onmessage = (message) => {
      const event = parseEvent(message.data);
      if (event && !this.#ended) this.#listener.received(event);
    };
    socket.onclose = () => {
      if (!this.#ended) this.#lost(!opened);
    };
  }

  #lost(refused: boolean): void {
    clearTimeout(this.#opening);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#connect(), pauseMs(this.#failures));
    this.#listener.closed(refused);
  }
}
