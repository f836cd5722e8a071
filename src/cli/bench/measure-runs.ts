// Measures all runs on one engine, and reduces the repetitions of each run to medians.

import type { Engine } from '../../engine/engine.ts';
import { median } from '../../lab/statistics.ts';
import { measureRepetition, type Repetition } from './measure.ts';
import { profileOf } from './profile.ts';
import type { RunResult } from './result.ts';
import type { RunSizes } from './run-sizes.ts';
import { type SpeedLimits, speedLimits } from './speed-limits.ts';
import type { LoggedStep, StepLog } from './step-log.ts';

export interface MeasuredRun {
  readonly sizes: RunSizes;
  readonly repetitions: readonly Repetition[];
  /** the steps of one more repetition, in which the time of each operation was measured */
  readonly profiledSteps?: readonly LoggedStep[];
}

export interface MeasureOptions {
  readonly log: StepLog;
  readonly repetitions: number;
  readonly profile: boolean;
  readonly onProgress: (done: number, total: number) => void;
}

export async function measureRuns(
  engine: Engine,
  runs: readonly RunSizes[],
  { log, repetitions, profile, onProgress }: MeasureOptions,
): Promise<readonly MeasuredRun[]> {
  const perRun = 1 + repetitions + (profile ? 1 : 0);
  let done = 0;
  let firstSeed = 1; // different for each prompt of the process, so that no prompt begins like another
  const measure = async (sizes: RunSizes): Promise<Repetition> => {
    const repetition = await measureRepetition(engine, sizes, { log, firstSeed });
    firstSeed += sizes.concurrency;
    onProgress(++done, perRun * runs.length);
    return repetition;
  };
  const measured: MeasuredRun[] = [];
  for (const sizes of runs) {
    await measure(sizes); // a warm-up, whose result is not used
    const results: Repetition[] = [];
    for (let i = 0; i < repetitions; i++) results.push(await measure(sizes));
    if (profile) {
      log.measuresTimes = true;
      const { prefillSteps, decodeSteps } = await measure(sizes);
      log.measuresTimes = false;
      measured.push({ sizes, repetitions: results, profiledSteps: [...prefillSteps, ...decodeSteps] });
    } else measured.push({ sizes, repetitions: results });
  }
  return measured;
}

/** @param limitMs returns the shortest possible duration of a step; undefined if the peak rates are unknown */
export function runResult(
  { sizes, repetitions, profiledSteps }: MeasuredRun,
  log: StepLog,
  limitMs: ((step: LoggedStep) => number) | undefined,
): RunResult {
  const medianOf = (key: keyof Omit<Repetition, 'prefillSteps' | 'decodeSteps'>): number =>
    median(repetitions.map((repetition) => repetition[key]));
  return {
    ...sizes,
    prefillTokensPerSecond: medianOf('prefillTokensPerSecond'),
    decodeTokensPerSecond: medianOf('decodeTokensPerSecond'),
    throughputTokensPerSecond: medianOf('throughputTokensPerSecond'),
    ...(limitMs && medianLimits(repetitions.map((values) => speedLimits(values, limitMs)))),
    kvBytesReserved: medianOf('kvBytesReserved'),
    kvBytesUsed: medianOf('kvBytesUsed'),
    repetitions: repetitions.map(
      ({ prefillTokensPerSecond, decodeTokensPerSecond, throughputTokensPerSecond }) => ({
        ...{ prefillTokensPerSecond, decodeTokensPerSecond, throughputTokensPerSecond },
      }),
    ),
    ...(profiledSteps && { profile: profileOf(profiledSteps, log.tape, sizes.promptTokens) }),
  };
}

// The steps of the repetitions differ, because their sizes depend on measured times.
function medianLimits(limits: readonly SpeedLimits[]): SpeedLimits {
  const keys = Object.keys(limits[0]!) as (keyof SpeedLimits)[];
  const medians = keys.map((key) => [key, median(limits.map((values) => values[key]!))] as const);
  return Object.fromEntries(medians) as Record<keyof SpeedLimits, number>;
}
