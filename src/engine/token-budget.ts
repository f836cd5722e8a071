// Adapts the number of tokens of a step to a target duration: long enough to be efficient, and short enough that a cancellation
// or another conversation does not wait long. The number is derived from measured times. It does not affect the results.

/** target duration of steps that generate tokens, so that answers are streamed without long pauses */
export const DECODE_STEP_MS = 100;
/**
 * target duration of steps that only compute prompts; with long contexts, steps of 100 ms have so few tokens that reading the
 * weights and the context for each step takes half of the time
 */
export const PROMPT_STEP_MS = 400;
/**
 * Up to this many tokens, a step that only computes prompts may take longer: reading and unpacking the weights for fewer tokens takes
 * most of its time.
 */
export const EFFICIENT_PROMPT: LongerSteps = { tokens: 32, ms: 1000 };
const INITIAL_TOKENS = 8;
const TILE_TOKENS = 16; // kernels compute multiples of this number of tokens most efficiently

export interface LongerSteps {
  readonly tokens: number;
  readonly ms: number;
}

export class TokenBudget {
  readonly #maxTokens: number;
  readonly #targetMs: number;
  readonly #longer: LongerSteps | undefined;
  #tokens: number;

  /**
   * @param maxTokens maximum number of tokens of a step, for which buffers are allocated
   * @param targetMs target duration of a step
   * @param longer target duration of a step with few tokens
   */
  constructor(maxTokens: number, targetMs: number, longer?: LongerSteps) {
    this.#maxTokens = maxTokens;
    this.#targetMs = targetMs;
    this.#longer = longer;
    this.#tokens = Math.min(INITIAL_TOKENS, maxTokens);
  }

  /** maximum number of tokens for the next step */
  get tokens(): number {
    return this.#tokens < TILE_TOKENS ? this.#tokens : this.#tokens - (this.#tokens % TILE_TOKENS);
  }

  /**
   * Updates the budget after a step. A step that used the whole budget determines the next budget, which is at most doubled. A
   * smaller step, which only decodes, has fewer tokens per second, because all weights are read for few tokens. It affects the
   * budget only if it took too long.
   */
  observe(tokens: number, stepMs: number): void {
    const target = this.#tokensInTarget(tokens, stepMs);
    if (tokens >= this.tokens) this.#tokens = Math.min(2 * this.#tokens, target);
    else if (stepMs > this.#targetMs) this.#tokens = Math.min(this.#tokens, target);
    this.#tokens = Math.max(1, Math.min(this.#maxTokens, this.#tokens));
  }

  #tokensInTarget(tokens: number, stepMs: number): number {
    if (stepMs === 0) return this.#maxTokens;
    const tokensIn = (ms: number): number => Math.floor((tokens * ms) / stepMs);
    const { tokens: few, ms } = this.#longer ?? { tokens: 0, ms: 0 };
    return Math.max(tokensIn(this.#targetMs), Math.min(few, tokensIn(ms)));
  }
}
