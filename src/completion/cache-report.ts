// The cache report of a request: how many prompt tokens were cached, and why the other tokens were not.

/** The reason why the cache did not contain the whole prompt. */
export type CacheMiss =
  /** the cached text with the longest common prefix differs from the prompt at `firstDifference` */
  | 'history_edited'
  /** the same as `history_edited`, but the cause is that the chat template rendered an earlier turn differently */
  | 'template_rewrote'
  /** the rest of the prompt was cached and has been evicted */
  | 'evicted'
  /**
   * more of the prompt is cached, but in layers with a sliding window, tokens in the window of the next token were evicted: the
   * usable prefix ends at a position where every layer still has the tokens to which later tokens attend
   */
  | 'window_evicted'
  /** the rest of the prompt is cached under another salt */
  | 'different_salt'
  /** no cached text has a common prefix with the prompt */
  | 'nothing_in_common'
  /** the cache policy is `none` */
  | 'cache_off';

export interface CacheReport {
  /** number of cached tokens in blocks of running sequences */
  readonly runningTokens: number;
  /** number of cached tokens in memory that only finished sequences computed */
  readonly memoryTokens: number;
  /** number of cached tokens that were read from disk */
  readonly diskTokens: number;
  /** position of the first prompt token that was not cached; absent if all tokens except the last were cached */
  readonly firstDifference?: number;
  /** reason why the prompt was not cached completely; absent if it was */
  readonly miss?: CacheMiss;
}
