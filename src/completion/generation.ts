// The stream of a generation, and the result at its end.

import type { TokenLogprobs } from '../base/step/selection.ts';
import type { CacheReport } from './cache-report.ts';

export type FinishReason = 'stop' | 'length' | 'cancelled';

export interface GenerationResult {
  readonly text: string;
  /** sampled token ids, including an end token */
  readonly tokens: readonly number[];
  /** log-probabilities for each of `tokens`; absent if not requested */
  readonly logprobs?: readonly TokenLogprobs[];
  readonly promptTokens: number;
  /** prompt tokens whose keys and values were found in the cache */
  readonly cachedTokens: number;
  /** number of tokens that the model computed, in prefill and decode */
  readonly computedTokens: number;
  /** where the cached tokens were found, and why other tokens were not cached */
  readonly cache: CacheReport;
  /** number of draft tokens; absent if there were none */
  readonly draftedTokens?: number;
  /** number of draft tokens that were accepted; absent if there were no draft tokens */
  readonly acceptedTokens?: number;
  readonly generatedTokens: number;
  readonly finishReason: FinishReason;
  readonly seed: number;
  /** time from the request to the first token of the answer */
  readonly ttftMs: number;
  /** 0 if fewer than two tokens were generated */
  readonly decodeTokensPerSecond: number;
  readonly backend: string;
}

/** Iterates over pieces of text as they are generated. Errors are reported through the iterator and `result`. */
export interface GenerationStream extends AsyncIterable<string> {
  /**
   * Resolves when the request is queued, or rejects with an error if the request is rejected. Protocols derive the status of
   * the response from this promise. Later errors are reported through `result`.
   */
  readonly accepted: Promise<void>;
  /** settles when the generation ends, even if the pieces were not consumed */
  readonly result: Promise<GenerationResult>;
  /** Returns the answer generated so far. Absent if not supported. */
  readonly soFar?: () => Pick<GenerationResult, 'text' | 'tokens'>;
}
