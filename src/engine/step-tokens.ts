// The maximum number of tokens of a step, which determines the sizes of buffers, block tables and windows.

import { checkInteger } from '../base/option-names.ts';

export interface StepTokensOption {
  /** maximum number of tokens in a step, 256 by default; a step computes fewer tokens if 256 take too long */
  readonly stepTokens?: number;
}

export const DEFAULT_STEP_TOKENS = 256;

/** Returns the limit, which is at most `contextLength`. Throws `bad_option`. */
export const checkStepTokens = ({ stepTokens }: StepTokensOption, contextLength: number): number =>
  Math.min(checkInteger('stepTokens', stepTokens ?? DEFAULT_STEP_TOKENS, 1, 65_536), contextLength);
