// What a request found computed, and why it did not find more.

/** Why a prompt, or the rest of it, had to be computed. */
export type CacheMiss =
  /** a text that begins alike is there and goes on differently from `firstDifference` */
  | 'history_edited'
  /** the same, and the chat template rendered an earlier turn differently than before */
  | 'template_rewrote'
  /** it was computed and has given way to others since */
  | 'evicted'
  /**
   * the text is known further, but where layers slide the window before the next token was evicted: the prefix that
   * counts ends where every layer still has what later tokens attend to
   */
  | 'window_evicted'
  /** it is computed, under another salt */
  | 'different_salt'
  /** nothing that is computed begins like it */
  | 'nothing_in_common'
  /** the engine keeps nothing */
  | 'cache_off';

export interface CacheReport {
  /** tokens found in blocks that running sequences hold */
  readonly runningTokens: number;
  /** tokens found in memory, of sequences that ended */
  readonly memoryTokens: number;
  /** tokens found on disk */
  readonly diskTokens: number;
  /** position of the first prompt token that was not found; absent when all but the last were found */
  readonly firstDifference?: number;
  /** absent when all there was to find was found */
  readonly miss?: CacheMiss;
}
