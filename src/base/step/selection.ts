// The inputs and results of token selection for one row of logits. Selection is a backend operation, because copying
// the logits of a vocabulary of 150,000 tokens out of the backend costs more than selecting a token there. The
// reference implementation (kernels/reference/select.ts) defines the result.

/** The next step may overwrite the arrays: a backend must read them before its `step` returns the promise. */
export interface SelectionRow {
  /** tokens whose logits are adjusted: distinct, less than vocabSize. [A] */
  readonly adjustTokens: Int32Array;
  /** divides positive logits and multiplies negative logits (Keskar et al. 2019, CTRL); 1 has no effect. [A] */
  readonly adjustPenalty: Float32Array;
  /** added after the penalty; -Infinity forbids the token. [A] */
  readonly adjustBias: Float32Array;
  /** 0: the token with the largest logit is selected, and the lowest id among equals */
  readonly temperature: number;
  /** keeps the k tokens with the largest logits; 0 keeps all */
  readonly topK: number;
  /** keeps the fewest most probable tokens whose probabilities reach this sum; 1 keeps all */
  readonly topP: number;
  /** drops tokens whose probability is below this fraction of the highest probability; 0 keeps all */
  readonly minP: number;
  /** keeps the fewest most typical tokens whose probabilities reach this sum; 1 keeps all */
  readonly typicalP: number;
  /** random number in [0, 1): position of the draw in the cumulative distribution, in order of token id */
  readonly uniform: number;
  /** number of most probable tokens to report besides the selected token; undefined: no log-probabilities */
  readonly logprobs: number | undefined;
}

/**
 * `no_token_allowed`: every token is forbidden; `bad_logits`: a logit is not a number or infinite, or all are minus
 * infinity before any adjustment.
 */
export const SELECTION_OUTCOMES = ['chosen', 'no_token_allowed', 'bad_logits'] as const;
export type SelectionOutcome = (typeof SELECTION_OUTCOMES)[number];

/** Why no token could be selected from a row; also the code of the error of its request. */
export type SelectionFailure = Exclude<SelectionOutcome, 'chosen'>;

export interface TokenLogprob {
  readonly token: number;
  /** natural logarithm of the token's probability, before any adjustment */
  readonly logprob: number;
}

/** Log-probabilities of a selected token and of the most probable ones at its position. */
export interface TokenLogprobs extends TokenLogprob {
  /**
   * most probable first, lower ids first among equals; fewer than requested when all other tokens have probability 0
   */
  readonly top: readonly TokenLogprob[];
}
