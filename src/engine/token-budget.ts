// Adapts the number of tokens of a step, so that a step takes about 100 ms: long enough to be efficient, and short enough that
// a cancellation or another conversation does not wait long. The number is derived from measured times. It does not affect
// the results.

const TARGET_MS = 100;
const INITIAL_TOKENS = 8;

export class TokenBudget {
  readonly #maxTokens: number;
  #tokens: number;

  /** @param maxTokens maximum number of tokens of a step, for which buffers are allocated */
  constructor(maxTokens: number) {
    this.#maxTokens = maxTokens;
    this.#tokens = Math.min(INITIAL_TOKENS, maxTokens);
  }

  /** maximum number of tokens for the next step */
  get tokens(): number {
    return this.#tokens;
  }

  /**
   * Updates the budget after a step. A step that used the whole budget determines the next budget, which is at most doubled. A
   * smaller step, which only decodes, has fewer tokens per second, because all weights are read for few tokens. It affects the
   * budget only if it took too long.
   */
  observe(tokens: number, stepMs: number): void {
    const tokensInTarget = stepMs === 0 ? this.#maxTokens : Math.floor((tokens * TARGET_MS) / stepMs);
    if (tokens >= this.#tokens) this.#tokens = Math.min(2 * this.#tokens, tokensInTarget);
    else if (stepMs > TARGET_MS) this.#tokens = Math.min(this.#tokens, tokensInTarget);
    this.#tokens = Math.max(1, Math.min(this.#maxTokens, this.#tokens));
  }
}
