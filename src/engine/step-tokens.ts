// The most tokens that a step computes. Buffers, block tables and windows are sized for it.

import { integerOption } from '../base/option-names.ts';

export interface StepTokensOption {
  /** most tokens in a step, 256 by default; fewer when they would take longer than about 100 ms */
  readonly stepTokens?: number;
}

const STEP_TOKENS = 256;

/** Returns the checked limit. Throws `bad_option`. */
export const stepTokensOf = ({ stepTokens }: StepTokensOption, contextLength: number): number =>
  Math.min(integerOption('stepTokens', stepTokens ?? STEP_TOKENS, 1, 65_536), contextLength);
