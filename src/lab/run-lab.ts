// Runs several experiments. The result of each experiment is written before the next experiment starts.

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
  /** called when an experiment fails; the other experiments then continue. If absent, the error is thrown */
  readonly onFailure?: (experiment: Experiment, error: ReturnType<typeof asQuireError>) => void;
}

/** Returns whether all experiments completed. */
export async function runLab({
  bench,
  experiments,
  onBegin,
  onResult,
  onFailure,
}: LabOptions): Promise<boolean> {
  let complete = true;
  for (const [index, experiment] of experiments.entries()) {
    onBegin?.(experiment, index);
    let result: LabResult;
    try {
      result = await runExperiment(experiment, bench);
    } catch (error) {
      if (onFailure === undefined) throw error;
      onFailure(experiment, asQuireError(error));
      complete = false;
      continue;
    }
    await onResult(result);
    if (result.status === 'interrupted') return false;
  }
  return complete;
}
