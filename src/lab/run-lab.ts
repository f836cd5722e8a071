// Several experiments in a row. What ended is on disk before the next begins.

import { asQuireError } from '../base/errors.ts';
import type { Experiment } from './experiment.ts';
import type { LabBench } from './lab-bench.ts';
import type { LabResult } from './result.ts';
import { runExperiment } from './run-experiment.ts';

export interface LabOptions {
  readonly bench: LabBench;
  readonly experiments: readonly Experiment[];
  readonly onBegin?: (experiment: Experiment, index: number) => void;
  readonly onResult: (result: LabResult) => Promise<void> | void;
  /** told of an experiment that failed, after which the others go on; without it the failure ends all */
  readonly onFailure?: (experiment: Experiment, error: ReturnType<typeof asQuireError>) => void;
}

/** Whether all ran to their end. */
export async function runLab({
  bench,
  experiments,
  onBegin,
  onResult,
  onFailure,
}: LabOptions): Promise<boolean> {
  let whole = true;
  for (const [index, experiment] of experiments.entries()) {
    onBegin?.(experiment, index);
    let result: LabResult;
    try {
      result = await runExperiment(experiment, bench);
    } catch (error) {
      if (onFailure === undefined) throw error;
      onFailure(experiment, asQuireError(error));
      whole = false;
      continue;
    }
    await onResult(result);
    if (result.status === 'interrupted') return false;
  }
  return whole;
}
