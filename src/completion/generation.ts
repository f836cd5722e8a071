// The stream of a generation and its final result.

import type { TokenLogprobs } from '../base/step/selection.ts';
import type { CacheReport } from './cache-report.ts';

export type FinishReason = 'stop' | 'length' | 'cancelled';

export interface GenerationResult {
  readonly text: string;
  /** sampled ids, an end token included */
  readonly tokens: readonly number[];
  /** one for each of `tokens`; absent when not requested */
  readonly logprobs?: readonly TokenLogprobs[];
  readonly promptTokens: number;
  /** prompt tokens whose keys and values were found in the cache */
  readonly cachedTokens: number;
  /** tokens that ran through the model, prompt and decode */
  readonly computedTokens: number;
  /** where the cached tokens were found, and why there were not more */
  readonly cache: CacheReport;
  /** draft tokens and how many of them were accepted; absent when there were none */
  readonly draftedTokens?: number;
  readonly acceptedTokens?: number;
  readonly generatedTokens: number;
  readonly finishReason: FinishReason;
  readonly seed: number;
  /** time from the request to its first token */
  readonly ttftMs: number;
  /** 0 when fewer than two tokens were generated */
  readonly decodeTokensPerSecond: number;
  readonly backend: string;
}

/** Iterates over pieces of text as they are generated. Errors are reported through the iterator and `result`. */
export interface GenerationStream extends AsyncIterable<string> {
  /**
   * Settles when the request is queued, or rejects with the error that refuses it. Protocols derive their status from it.
   * Later errors are reported through `result`.
   */
  readonly accepted: Promise<void>;
  /** settles when the generation ends, whether the pieces were consumed or not */
  readonly result: Promise<GenerationResult>;
  /** Returns the answer generated so far; absent when not supported. */
  readonly soFar?: () => Pick<GenerationResult, 'text' | 'tokens'>;
}
