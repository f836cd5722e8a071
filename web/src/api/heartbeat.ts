// Detects a connection that is dead but was never closed, for example after the machine slept. Browsers do not expose the
// ping frames of WebSocket, so the page sends pings as commands. An older server answers the first ping with an error. The
// error also proves that the connection works, and no further pings are sent.

import type { Command, ServerEvent } from './chat-protocol.ts';

export interface HeartbeatHost {
  /** returns false if no socket is open */
  send(command: Command): boolean;
  /** returns whether the page is visible or an answer is running */
  isNeeded(): boolean;
  /** called when no event has arrived in time */
  onTimeout(): void;
}

export const PING_MS = 15_000;
export const PONG_TIMEOUT_MS = 10_000;

export class Heartbeat {
  readonly #host: HeartbeatHost;
  #pingCount = 0;
  #supported = true;
  #interval: ReturnType<typeof setInterval> | undefined;
  #timeout: ReturnType<typeof setTimeout> | undefined;

  constructor(host: HeartbeatHost) {
    this.#host = host;
  }

  /** Starts pinging; called when the connection is open. */
  start(): void {
    this.stop();
    this.#supported = true;
    this.#interval = setInterval(() => this.ping(), PING_MS);
    this.ping();
  }

  stop(): void {
    clearInterval(this.#interval);
    clearTimeout(this.#timeout);
    this.#interval = undefined;
    this.#timeout = undefined;
  }

  /** Sends a ping, unless a ping is pending or no ping is needed. */
  ping(): void {
    const { send, isNeeded, onTimeout } = this.#host;
    if (this.#interval === undefined || this.#timeout !== undefined) return;
    if (!this.#supported || !isNeeded()) return;
    this.#pingCount += 1;
    if (!send({ ping: this.#pingCount })) return;
    this.#timeout = setTimeout(() => {
      this.stop();
      onTimeout();
    }, PONG_TIMEOUT_MS);
  }

  /** Records that the server has responded. Returns false if the event concerns only the heartbeat. */
  handleEvent(event: ServerEvent): boolean {
    clearTimeout(this.#timeout);
    this.#timeout = undefined;
    if (event.type === 'pong') return false;
    const isRejection = event.type === 'error' && event.code === 'bad_message' && !event.ended;
    if (!isRejection || !/\b(ping|watch)\b/.test(event.message)) return true;
    this.#supported = false;
    return false;
  }
}
