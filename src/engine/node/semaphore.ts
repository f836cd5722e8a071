// Limits how many asynchronous operations run at once. Further operations wait and start in the order of the calls.

export class Semaphore {
  #freePermits: number;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#freePermits = limit;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#freePermits > 0) this.#freePermits--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift(); // the next operation uses the permit of this one
      if (next === undefined) this.#freePermits++;
      else next();
    }
  }
}
