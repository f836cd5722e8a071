// Runs one experiment and reports the measured data, even if the experiment was interrupted.

import { isAbort } from '../base/errors.ts';
import { conditionsOf } from './conditions.ts';
import { createResult } from './create-result.ts';
import type { Experiment } from './experiment.ts';
import type { LabBench } from './lab-bench.ts';
import type { LabResult } from './result.ts';

/** Rejects if the experiment fails. If it is interrupted, the result has the status `interrupted`. */
export async function runExperiment(experiment: Experiment, bench: LabBench): Promise<LabResult> {
  const conditions = await conditionsOf(bench, (await experiment.subject?.(bench)) ?? {});
  const started = performance.now();
  let data: unknown;
  let interrupted = false;
  try {
    data = await experiment.measure(bench, (measured) => {
      data = measured;
    });
  } catch (error) {
    if (!isAbort(error) && bench.signal?.aborted !== true) throw error;
    interrupted = true;
  } finally {
    await bench.clear();
  }
  const seconds = (performance.now() - started) / 1000;
  if (data !== undefined) for (const line of experiment.trace?.(data) ?? []) bench.print(line);
  return createResult(experiment, { data, interrupted, seconds, conditions });
}
