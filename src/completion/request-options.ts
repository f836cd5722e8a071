// How a request stands among others, beside how its tokens are chosen.

import type { TokenLogprobs } from '../base/step/selection.ts';
import type { SamplingOptions } from './sampling-options.ts';

export interface RequestOptions extends SamplingOptions {
  /** a whole number, higher is sooner, where the engine serves by priority; 0 by default */
  readonly priority?: number;
  /** requests under different salts never find each other's tokens */
  readonly cacheSalt?: string;
  /** called at once with each token that is chosen, before its text comes; it must be quick; what it throws ends its request */
  readonly onToken?: TokenObserver;
}

/** `choice` tells parallel samples of one request apart, from 0. */
export type TokenObserver = (token: number, logprobs: TokenLogprobs | undefined, choice: number) => void;
