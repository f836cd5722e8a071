// What the sampler asks of a backend for one row of logits, and what comes back. `select` is a backend
// operation, because with a vocabulary of 150,000 the choice belongs beside the matrix multiply; the reference
// defines it (kernels/reference/select.ts).

/** Its arrays may be views that the next step changes: a backend reads them before its `step` returns a promise. */
export interface SelectionRow {
  /** tokens whose logit is adjusted; each at most once, each less than vocabSize. [A] */
  readonly adjustTokens: Int32Array;
  /** divides a positive logit and multiplies a negative one (Keskar et al. 2019, CTRL); 1 does nothing. [A] */
  readonly adjustPenalty: Float32Array;
  /** added after the penalty; -Infinity forbids. [A] */
  readonly adjustBias: Float32Array;
  /** 0 chooses the largest logit (the lowest id among equals) */
  readonly temperature: number;
  /** keeps the k largest; 0 keeps all */
  readonly topK: number;
  /** keeps the smallest set of largest probabilities whose sum reaches p; 1 keeps all */
  readonly topP: number;
  /** drops what is less probable than this share of the likeliest; 0 keeps all */
  readonly minP: number;
  /** keeps the smallest set of most typical tokens whose probabilities reach this sum; 1 keeps all */
  readonly typicalP: number;
  /** in [0, 1): where in the cumulative distribution, in order of token id, the draw falls */
  readonly uniform: number;
  /** also report log-probabilities: of the chosen token, and of this many likeliest */
  readonly logprobs: number | undefined;
}

/**
 * `no_token_allowed`: every token is forbidden; `bad_logits`: a logit is not a number or infinite, or all are minus infinity
 * before any adjustment.
 */
export const SELECTION_OUTCOMES = ['chosen', 'no_token_allowed', 'bad_logits'] as const;
export type SelectionOutcome = (typeof SELECTION_OUTCOMES)[number];

/** Why no token could be chosen from a row; also the code of the error that its request ends with. */
export type SelectionFailure = Exclude<SelectionOutcome, 'chosen'>;

export interface TokenLogprob {
  readonly token: number;
  /** natural logarithm of the probability that the model gives the token, before any adjustment */
  readonly logprob: number;
}

/** Of a chosen token, and of the likeliest ones in its place. */
export interface TokenLogprobs extends TokenLogprob {
  /** likeliest first, lower ids first among equals; fewer than asked for when the others are impossible */
  readonly top: readonly TokenLogprob[];
}
