// How many tokens a step may compute so that it takes about a tenth of a second: long enough to be efficient,
// short enough that a stop button and other conversations are served at once. Learned from the steps
// themselves; it never changes a bit of the results.

const TARGET_MS = 100;
const SMOOTHING = 0.3; // weight of the newest step

export class TokenBudget {
  readonly #most: number;
  #msPerToken: number | undefined;

  /** @param most tokens that the tape has room for */
  constructor(most: number) {
    this.#most = most;
  }

  /** tokens for the next step */
  get tokens(): number {
    if (this.#msPerToken === undefined) return Math.min(8, this.#most);
    return Math.max(1, Math.min(this.#most, Math.floor(TARGET_MS / this.#msPerToken)));
  }

  observe(tokens: number, stepMs: number): void {
    const msPerToken = stepMs / tokens;
    this.#msPerToken =
      this.#msPerToken === undefined
        ? msPerToken
        : this.#msPerToken + SMOOTHING * (msPerToken - this.#msPerToken);
  }
}
