// Compares static and continuous batching: throughput and latency at increasing request rates (Yu et al. 2022, Orca).

import type { Experiment } from '../../experiment.ts';
import { type BatchingData, batchingSchema, DATA_VERSION } from './data.ts';
import { measureBatching } from './measure.ts';
import { reportBatching } from './report.ts';
import { TEXTS } from './texts.ts';

export const batching: Experiment<BatchingData> = {
  name: 'batching',
  texts: TEXTS,
  dataVersion: DATA_VERSION,
  dataSchema: batchingSchema,
  measure: measureBatching,
  report: reportBatching,
};
