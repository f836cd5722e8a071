// An answer: the stream in which it comes, and what is known of it when it has ended.

import type { TokenLogprobs } from '../base/step/selection.ts';
import type { CacheReport } from './cache-report.ts';

export type FinishReason = 'stop' | 'length' | 'cancelled';

export interface GenerationResult {
  readonly text: string;
  /** sampled ids, an end token included */
  readonly tokens: readonly number[];
  /** one for each of `tokens`; absent when not asked for */
  readonly logprobs?: readonly TokenLogprobs[];
  readonly promptTokens: number;
  /** prompt tokens whose keys and values were found computed */
  readonly cachedTokens: number;
  /** tokens that ran through the model, prompt and decode */
  readonly computedTokens: number;
  /** where the cached tokens were found, and why there were not more */
  readonly cache: CacheReport;
  /** tokens that were guessed ahead, and how many of them the model chose; absent when none were */
  readonly draftedTokens?: number;
  readonly acceptedTokens?: number;
  readonly generatedTokens: number;
  readonly finishReason: FinishReason;
  readonly seed: number;
  /** from the request to its first token */
  readonly ttftMs: number;
  /** 0 when fewer than two tokens were generated */
  readonly decodeTokensPerSecond: number;
  readonly backend: string;
}

/** Pieces of text as they come; what goes wrong comes through the iterator and through `result`. */
export interface GenerationStream extends AsyncIterable<string> {
  /**
   * Settles when the request is queued, or rejects with what it is refused for: what a protocol's status says. What fails
   * later comes through `result` alone.
   */
  readonly accepted: Promise<void>;
  /** settles when generation ends, whether the pieces were taken or not */
  readonly result: Promise<GenerationResult>;
  /** The answer as far as it came, for who keeps it meanwhile; absent where nobody knows. */
  readonly soFar?: () => Pick<GenerationResult, 'text' | 'tokens'>;
}
