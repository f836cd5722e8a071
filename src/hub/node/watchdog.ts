// Aborts a request whose server sends nothing for a while. Only the time of waiting for the server counts, not a slow disk or
// a busy event loop in between.

export class Watchdog {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #stallMs: number;

  /** @param external also aborts the request */
  constructor(stallMs: number, external: AbortSignal | undefined) {
    this.#stallMs = stallMs;
    const timeout = this.#controller.signal;
    this.signal = external === undefined ? timeout : AbortSignal.any([timeout, external]);
  }

  /** Whether the request was aborted by the timeout. */
  get timedOut(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Awaits `work`, which must end when the signal aborts. */
  async watch<T>(work: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#controller.abort(), this.#stallMs);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
    }
  }
}
