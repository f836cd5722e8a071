// How many tokens a step may compute so that it takes about a tenth of a second: long enough to be efficient,
// short enough that a stop button and other conversations are served at once. Learned from the steps
// themselves; it never changes a bit of the results.

const TARGET_MS = 100;
const FIRST = 8;

export class TokenBudget {
  readonly #most: number;
  #tokens: number;

  /** @param most tokens that the tape has room for */
  constructor(most: number) {
    this.#most = most;
    this.#tokens = Math.min(FIRST, most);
  }

  /** tokens for the next step */
  get tokens(): number {
    return this.#tokens;
  }

  // A step that used the whole budget says where to go, by doublings at most. A smaller one (all decode) has a
  // worse rate, since weights are read for few tokens; it only counts when it took too long itself.
  observe(tokens: number, stepMs: number): void {
    const fitting = stepMs === 0 ? this.#most : Math.floor((tokens * TARGET_MS) / stepMs);
    if (tokens >= this.#tokens) this.#tokens = Math.min(2 * this.#tokens, fitting);
    else if (stepMs > TARGET_MS) this.#tokens = Math.min(this.#tokens, fitting);
    this.#tokens = Math.max(1, Math.min(this.#most, this.#tokens));
  }
}
