// Creates a result from measured data, when an experiment has run or when a saved result is rendered again.

import type { Experiment } from './experiment.ts';
import { Findings } from './findings.ts';
import { type Conditions, type LabResult, RESULT_FORMAT } from './result.ts';

export interface MeasuredRun {
  /** undefined if the experiment was interrupted before there was anything to report */
  readonly data: unknown;
  readonly interrupted: boolean;
  readonly seconds: number;
  readonly conditions: Conditions;
}

/** @param data measured data, which must satisfy the schema of the experiment */
export function createResult(
  experiment: Experiment,
  { data, interrupted, seconds, conditions }: MeasuredRun,
): LabResult {
  const findings = new Findings();
  if (data !== undefined) experiment.report(data, findings, !interrupted);
  const { title, question, expected } = experiment.texts;
  const { observations, contradictions, tables, charts, metrics, skipped } = findings;
  return {
    format: RESULT_FORMAT,
    experiment: experiment.name,
    ...{ title, question, expected, seen: observations, apart: contradictions },
    status: interrupted ? 'interrupted' : skipped ? 'skipped' : 'complete',
    ...{ seconds, conditions, tables, charts, metrics },
    ...(data !== undefined && {
      data: { version: experiment.dataVersion, values: data as { [name: string]: unknown } },
    }),
  };
}
