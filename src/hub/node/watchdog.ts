// Aborts a request whose server falls silent. Only waiting for the server counts: a slow disk or a busy event
// loop between two waits does not.

export class Watchdog {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #stallMs: number;

  /** @param also aborts the request as well */
  constructor(stallMs: number, also: AbortSignal | undefined) {
    this.#stallMs = stallMs;
    const own = this.#controller.signal;
    this.signal = also === undefined ? own : AbortSignal.any([own, also]);
  }

  /** Whether it was this that aborted the request. */
  get barked(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Waits for `work`, which the signal ends. */
  async watch<T>(work: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#controller.abort(), this.#stallMs);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
    }
  }
}
