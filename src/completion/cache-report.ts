// The report on the cache use of a request: the cached tokens, and the reason why no more were found.

/** Why the cache did not contain a prompt, or the rest of it. */
export type CacheMiss =
  /** the cached text with the longest common prefix differs from `firstDifference` on */
  | 'history_edited'
  /** as `history_edited`, because the chat template rendered an earlier turn differently */
  | 'template_rewrote'
  /** it was cached and has been evicted */
  | 'evicted'
  /**
   * more of the text is cached, but in layers with a sliding window the window before the next token was evicted: the
   * usable prefix ends where every layer still has the positions to which later tokens attend
   */
  | 'window_evicted'
  /** it is cached under another salt */
  | 'different_salt'
  /** no cached text has a common prefix with it */
  | 'nothing_in_common'
  /** the cache policy is `none` */
  | 'cache_off';

export interface CacheReport {
  /** tokens found in blocks of running sequences */
  readonly runningTokens: number;
  /** tokens found in memory, of finished sequences */
  readonly memoryTokens: number;
  /** tokens found on disk */
  readonly diskTokens: number;
  /** position of the first prompt token that was not found; absent when all but the last were found */
  readonly firstDifference?: number;
  /** absent when the whole prompt was found */
  readonly miss?: CacheMiss;
}
