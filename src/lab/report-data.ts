// A result from measured data: used when an experiment has run, and when a saved result is rendered again.

import type { Experiment } from './experiment.ts';
import { Findings } from './findings.ts';
import { type Conditions, type LabResult, RESULT_FORMAT } from './result.ts';

export interface Measured {
  /** undefined where the experiment was interrupted before it had anything to report */
  readonly data: unknown;
  readonly interrupted: boolean;
  readonly seconds: number;
  readonly conditions: Conditions;
}

/** @param data must satisfy the experiment's schema */
export function reportData(
  experiment: Experiment,
  { data, interrupted, seconds, conditions }: Measured,
): LabResult {
  const findings = new Findings();
  if (data !== undefined) experiment.report(data, findings, !interrupted);
  const { title, question, expected } = experiment.texts;
  const { seen, apart, tables, charts, metrics, skipped } = findings;
  return {
    format: RESULT_FORMAT,
    experiment: experiment.name,
    ...{ title, question, expected, seen, apart },
    status: interrupted ? 'interrupted' : skipped ? 'skipped' : 'complete',
    ...{ seconds, conditions, tables, charts, metrics },
    ...(data !== undefined && {
      data: { version: experiment.dataVersion, values: data as { [name: string]: unknown } },
    }),
  };
}
