// Adapts the number of tokens of a step to about 100 ms: long enough to be efficient, short enough for cancellation and
// other conversations. It is derived from the measured steps and never changes the results.

const TARGET_MS = 100;
const FIRST_TOKENS = 8;

export class TokenBudget {
  readonly #most: number;
  #tokens: number;

  /** @param most tokens for which the tape has buffers */
  constructor(most: number) {
    this.#most = most;
    this.#tokens = Math.min(FIRST_TOKENS, most);
  }

  /** tokens for the next step */
  get tokens(): number {
    return this.#tokens;
  }

  // A step that used the whole budget sets the next one, at most doubled. A smaller step (only decode) has a lower rate,
  // because all weights are read for few tokens; it only counts when it took too long.
  observe(tokens: number, stepMs: number): void {
    const fitting = stepMs === 0 ? this.#most : Math.floor((tokens * TARGET_MS) / stepMs);
    if (tokens >= this.#tokens) this.#tokens = Math.min(2 * this.#tokens, fitting);
    else if (stepMs > TARGET_MS) this.#tokens = Math.min(this.#tokens, fitting);
    this.#tokens = Math.max(1, Math.min(this.#most, this.#tokens));
  }
}
