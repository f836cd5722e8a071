// Observers of an engine's requests, for metrics and the laboratory. They are notified of every request, whichever API it
// used, and receive none of its text until it ends.

import type { GenerationResult } from './generation.ts';

/** Durations of a request's phases; 0 for phases that it did not reach. */
export interface RequestTimes {
  /** from the request to its end */
  readonly totalMs: number;
  /** from the request to the first step that computed some of it */
  readonly queueMs: number;
  /** from there to its first token */
  readonly prefillMs: number;
  /** from its first token to its last */
  readonly decodeMs: number;
}

export type RequestEnd = { readonly result: GenerationResult } | { readonly error: unknown };

/** Called in the step loop and must be fast. One that throws is reported once and not called again. */
export interface RequestObserver {
  /** called for each token, with the time since the previous one */
  readonly onToken?: (gapMs: number) => void;
  readonly onEnd?: (end: RequestEnd, times: RequestTimes) => void;
}
