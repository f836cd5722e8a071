// Aborts a request if the server sends nothing for `stallMs`. Only the time spent waiting for the server counts: a slow
// disk or a busy event loop does not cause a timeout.

export class Watchdog {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #stallMs: number;

  /** @param external a signal that also aborts the request */
  constructor(stallMs: number, external: AbortSignal | undefined) {
    this.#stallMs = stallMs;
    const timeout = this.#controller.signal;
    this.signal = external === undefined ? timeout : AbortSignal.any([timeout, external]);
  }

  /** Whether the timeout aborted the request. */
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
