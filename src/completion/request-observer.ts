// The interface of observers of an engine's requests, for metrics and the laboratory. An observer is notified of the requests of
// all APIs. It receives the text of an answer only at the end.

import type { GenerationResult } from './generation.ts';

/** Durations of the phases of a request; 0 for phases that the request did not reach. */
export interface RequestTimes {
  /** from the start of the request to its end */
  readonly totalMs: number;
  /** from the start of the request to the first step that computed tokens of it */
  readonly queueMs: number;
  /** from that step to the first token of the answer */
  readonly prefillMs: number;
  /** from the first token of the answer to the last */
  readonly decodeMs: number;
}

export type RequestEnd = { readonly result: GenerationResult } | { readonly error: unknown };

/** The tokens of a text whose embedding was computed. */
export interface EmbeddingTokens {
  readonly promptTokens: number;
  /** how many of them were in the cache */
  readonly cachedTokens: number;
  /** tokens that are computed again count each time */
  readonly computedTokens: number;
}

/** The callbacks run in the step loop and must be fast. An observer that throws is reported once and not called again. */
export interface RequestObserver {
  /** called for each token after the first, with the time since the previous token */
  readonly onToken?: (gapMs: number) => void;
  readonly onEnd?: (end: RequestEnd, times: RequestTimes) => void;
  /** called when the embedding of a text is computed */
  readonly onEmbedding?: (tokens: EmbeddingTokens) => void;
}
