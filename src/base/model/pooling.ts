// How an embedding model makes one vector of the vectors of the tokens of a text.

/** the vector of the last token, or the mean of the vectors of all tokens */
export type PoolingMethod = 'last' | 'mean';

export const POOLING_METHODS: readonly PoolingMethod[] = ['last', 'mean'];

export interface PoolingConfig {
  readonly method: PoolingMethod;
  /** whether vectors are scaled to the length 1 */
  readonly normalize: boolean;
  /** whether the checkpoint has no output head, so that the model cannot generate text */
  readonly lacksHead?: true;
}
