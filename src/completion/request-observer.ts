// How requests went, for whoever counts them: metrics, a laboratory. It sees every request of an engine, whichever
// door it came through, and none of its text.

import type { GenerationResult } from './generation.ts';

/** Where the time of a request went; what it never reached took 0. */
export interface RequestTimes {
  /** from the request to its end */
  readonly totalMs: number;
  /** to the first step that computed some of it */
  readonly queueMs: number;
  /** from there to its first token */
  readonly prefillMs: number;
  /** from its first token to its last */
  readonly decodeMs: number;
}

export type RequestEnd = { readonly result: GenerationResult } | { readonly error: unknown };

/** Called in the step loop, so it must be quick; one that throws is told of once and not called again. */
export interface RequestObserver {
  /** a token was chosen so long after the one before it */
  readonly onToken?: (gapMs: number) => void;
  readonly onEnd?: (end: RequestEnd, times: RequestTimes) => void;
}
