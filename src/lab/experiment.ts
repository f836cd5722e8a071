// The interface of an experiment: a question, the expectation before any measurement, a measurement and a report. The
// measurement returns plain data without prose; the report turns such data into tables, charts and sentences without
// measuring, so that a saved result can be rendered again.

import type { z } from 'zod';
import type { Findings } from './findings.ts';
import type { LabBench, ModelChoice } from './lab-bench.ts';
import type { Text } from './text.ts';

export interface ExperimentTexts {
  readonly title: Text;
  readonly question: Text;
  /** one sentence, written before anything was measured */
  readonly expected: Text;
}

/** Holds on to measured data, so that an interrupted run can report what it has measured so far. */
export type RecordData<Data> = (data: Data) => void;

export interface Experiment<Data = unknown> {
  readonly name: string;
  readonly texts: ExperimentTexts;
  /** raised whenever `dataSchema` changes in a way that old data does not satisfy */
  readonly dataVersion: number;
  /** of what `measure` returns; saved data is checked against it before it is reported */
  readonly dataSchema: z.ZodType<Data>;
  /** what is measured, where it is not the model under test; `simulated` where nothing is computed */
  readonly subject?: (bench: LabBench) => Promise<ModelChoice | 'simulated'>;
  /**
   * Measures and returns JSON-serializable data. Passes the same object to `record` as soon as it has something to
   * report, and fills it from then on. Rejects with the reason of the bench's signal when that is aborted.
   */
  measure(bench: LabBench, record: RecordData<Data>): Promise<Data>;
  /** @param complete false where the measurement was interrupted, so that no conclusion may be drawn from all of it */
  report(data: Data, findings: Findings, complete: boolean): void;
  /** lines for a terminal, printed above the tables */
  trace?(data: Data): readonly (Text | string)[];
}
