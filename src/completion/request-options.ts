// The options of a request: sampling, priority, cache isolation and a token callback.

import type { TokenLogprobs } from '../base/step/selection.ts';
import type { SamplingOptions } from './sampling-options.ts';

/** Options of an answer that a conversation can store. */
export interface AnswerOptions extends SamplingOptions {
  /** name of a loaded LoRA adapter, which changes the model for this answer; by default the engine's `defaultAdapter`, if it has one */
  readonly adapter?: string;
}

export interface RequestOptions extends AnswerOptions {
  /** a whole number, 0 by default; if the engine schedules by priority, requests with a higher priority run first */
  readonly priority?: number;
  /** isolates the cache: requests with different salts never share cached tokens */
  readonly cacheSalt?: string;
  /** called with each sampled token before its text is emitted; must be fast; an error that it throws ends the request */
  readonly onToken?: TokenObserver;
}

/** @param choice index among the parallel samples of a request, from 0 */
export type TokenObserver = (token: number, logprobs: TokenLogprobs | undefined, choice: number) => void;
