// What the sampler asks of a backend for one row of logits. `select` is a backend operation, because
// with a vocabulary of 150,000 the choice belongs beside the matrix multiply; the reference defines it
// (kernels/reference/select.ts).

export interface SelectionRow {
  /** tokens whose logit is adjusted; each at most once. [A] */
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
  /** in [0, 1): where in the cumulative distribution, in order of token id, the draw falls */
  readonly uniform: number;
}
