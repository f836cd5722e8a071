// At most so many at once; the others wait in the order in which they came.

export class Lanes {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param lanes how many at once */
  constructor(lanes: number) {
    this.#free = lanes;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift(); // takes over the lane
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
