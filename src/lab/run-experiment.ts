// Runs one experiment, and keeps what it found whether it came to its end or was interrupted.

import { isAbort } from '../base/errors.ts';
import { conditionsOf } from './conditions.ts';
import type { Experiment } from './experiment.ts';
import { Findings } from './findings.ts';
import type { LabBench } from './lab-bench.ts';
import { type LabResult, RESULT_FORMAT } from './result.ts';

/** Rejects when the experiment fails; where it is interrupted, the result says so. */
export async function runExperiment(experiment: Experiment, bench: LabBench): Promise<LabResult> {
  const conditions = await conditionsOf(bench, (await experiment.subject?.(bench)) ?? {});
  const findings = new Findings();
  const started = performance.now();
  let interrupted = false;
  try {
    await experiment.run(bench, findings);
  } catch (error) {
    if (!isAbort(error) && bench.signal?.aborted !== true) throw error;
    interrupted = true;
  } finally {
    await bench.clear();
  }
  const { name, title, question, expected } = experiment;
  const { seen, apart, tables, charts, metrics, skipped } = findings;
  return {
    format: RESULT_FORMAT,
    experiment: name,
    ...{ title, question, expected, seen, apart },
    status: interrupted ? 'interrupted' : skipped ? 'skipped' : 'complete',
    seconds: (performance.now() - started) / 1000,
    ...{ conditions, tables, charts, metrics },
  };
}
