// The interface of an experiment: a question, the expectation before any measurement, a measurement and a report. The
// measurement returns plain data without prose; the report converts the data to tables, charts and sentences without
// measuring, so that a saved result can be rendered again.

import type { z } from 'zod';
import type { Findings } from './findings.ts';
import type { LabBench, ModelChoice } from './lab-bench.ts';
import type { BilingualText } from './text.ts';

export interface ExperimentTexts {
  readonly title: BilingualText;
  readonly question: BilingualText;
  /** one sentence, written before anything was measured */
  readonly expected: BilingualText;
}

/** Stores a reference to the measured data, so that an interrupted run can report the data measured so far. */
export type RecordData<Data> = (data: Data) => void;

export interface Experiment<Data = unknown> {
  readonly name: string;
  readonly texts: ExperimentTexts;
  /** increased whenever `dataSchema` changes so that older data does not satisfy it */
  readonly dataVersion: number;
  /** schema of the data that `measure` returns; saved data is validated before it is reported */
  readonly dataSchema: z.ZodType<Data>;
  /** returns the measured model if it is not the model under test; `simulated` if no model is computed */
  readonly subject?: (bench: LabBench) => Promise<ModelChoice | 'simulated'>;
  /**
   * Measures and returns JSON-serializable data. Passes the returned object to `record` as soon as there is
   * something to report, and then fills the object. Rejects with the abort reason when the signal of the bench is aborted.
   */
  measure(bench: LabBench, record: RecordData<Data>): Promise<Data>;
  /** @param complete false if the measurement was interrupted; the report then omits conclusions that need all data */
  report(data: Data, findings: Findings, complete: boolean): void;
  /** returns lines for a terminal, which are printed above the tables */
  trace?(data: Data): readonly (BilingualText | string)[];
}
