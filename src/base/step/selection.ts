// The inputs and results of token selection for one row of logits. Selection is a backend operation, because moving the
// logits of a vocabulary of 150,000 tokens is more expensive than selecting beside the matrix multiply. The reference
// defines it (kernels/reference/select.ts).

/** The arrays may be views that the next step overwrites: a backend reads them before its `step` returns its promise. */
export interface SelectionRow {
  /** tokens whose logit is adjusted; each at most once, each less than vocabSize. [A] */
  readonly adjustTokens: Int32Array;
  /** divides a positive logit and multiplies a negative one (Keskar et al. 2019, CTRL); 1 has no effect. [A] */
  readonly adjustPenalty: Float32Array;
  /** added after the penalty; -Infinity forbids the token. [A] */
  readonly adjustBias: Float32Array;
  /** 0 chooses the largest logit (the lowest id among equals) */
  readonly temperature: number;
  /** keeps the k largest; 0 keeps all */
  readonly topK: number;
  /** keeps the smallest set of largest probabilities whose sum reaches p; 1 keeps all */
  readonly topP: number;
  /** drops tokens less probable than this fraction of the most probable one; 0 keeps all */
  readonly minP: number;
  /** keeps the smallest set of most typical tokens whose probabilities reach this sum; 1 keeps all */
  readonly typicalP: number;
  /** random number in [0, 1): position of the draw in the cumulative distribution, in order of token id */
  readonly uniform: number;
  /** number of most probable tokens whose log-probabilities are reported with the selected one's; undefined for none */
  readonly logprobs: number | undefined;
}

/**
 * `no_token_allowed`: every token is forbidden; `bad_logits`: a logit is not a number or infinite, or all are minus infinity
 * before any adjustment.
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
  /** most probable first, lower ids first among equals; fewer than requested when all others have probability 0 */
  readonly top: readonly TokenLogprob[];
}
