// The limit of a run's speeds: the sum of the limits of its steps. Speeds are compared with it as shares.

import { sum } from '../../base/sum.ts';
import type { Repetition } from './measure.ts';
import type { LoggedStep } from './step-log.ts';

/** In tokens per second, the speeds if every step took as long as its limit; and measured speed / this speed. */
export interface SpeedLimits {
  readonly limitPrefillTokensPerSecond: number;
  readonly prefillShare: number;
  /** absent if no tokens are generated after the first tokens */
  readonly limitDecodeTokensPerSecond?: number;
  readonly decodeShare?: number;
  readonly limitThroughputTokensPerSecond: number;
  readonly throughputShare: number;
}

/** @param limitMs returns the shortest possible duration of a step */
export function speedLimits(
  repetition: Omit<Repetition, 'kvBytesReserved' | 'kvBytesUsed'>,
  limitMs: (step: LoggedStep) => number,
): SpeedLimits {
  const { prefillSteps, decodeSteps, promptTokens, decodeTokens, generatedTokens } = repetition;
  const prefillSeconds = sum(prefillSteps.map(limitMs)) / 1000;
  const decodeSeconds = sum(decodeSteps.map(limitMs)) / 1000;
  const prefill = promptTokens / prefillSeconds;
  const decode = decodeTokens / decodeSeconds;
  const throughput = generatedTokens / (prefillSeconds + decodeSeconds);
  return {
    limitPrefillTokensPerSecond: prefill,
    prefillShare: repetition.prefillTokensPerSecond / prefill,
    ...(decodeTokens > 0 && {
      limitDecodeTokensPerSecond: decode,
      decodeShare: repetition.decodeTokensPerSecond / decode,
    }),
    limitThroughputTokensPerSecond: throughput,
    throughputShare: repetition.throughputTokensPerSecond / throughput,
  };
}
