// Notices a connection that is dead and was never closed: a link that stalls, a machine that has slept. A browser does
// not show a page the pings of the protocol beneath, so the page sends its own. Servers that do not know them answer
// with an error; that is a sign of life too, and the only one that is asked of them.

import type { Command, ServerEvent } from './chat-protocol.ts';

export interface HeartbeatHost {
  /** false: there is no open socket */
  send(command: Command): boolean;
  /** somebody is looking, or waits for an answer */
  isNeeded(): boolean;
  /** nothing was heard in time */
  dead(): void;
}

export const PING_MS = 15_000;
export const SILENCE_MS = 10_000;

export class Heartbeat {
  readonly #host: HeartbeatHost;
  #pings = 0;
  #understood = true;
  #next: ReturnType<typeof setInterval> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(host: HeartbeatHost) {
    this.#host = host;
  }

  /** The connection is open. */
  start(): void {
    this.stop();
    this.#understood = true;
    this.#next = setInterval(() => this.beat(), PING_MS);
    this.beat();
  }

  stop(): void {
    clearInterval(this.#next);
    clearTimeout(this.#silence);
    this.#next = undefined;
    this.#silence = undefined;
  }

  /** Asks for a sign of life, unless one is awaited already or nobody needs one. */
  beat(): void {
    const { send, isNeeded, dead } = this.#host;
    if (this.#next === undefined || this.#silence !== undefined) return;
    if (!this.#understood || !isNeeded()) return;
    this.#pings += 1;
    if (!send({ ping: this.#pings })) return;
    this.#silence = setTimeout(() => {
      this.stop();
      dead();
    }, SILENCE_MS);
  }

  /** False for an event that is no news to anybody else. */
  heard(event: ServerEvent): boolean {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    if (event.type === 'pong') return false;
    const refused = event.type === 'error' && event.code === 'bad_message' && !event.ended;
    if (!refused || !/\b(ping|watch)\b/.test(event.message)) return true;
    this.#understood = false;
    return false;
  }
}
