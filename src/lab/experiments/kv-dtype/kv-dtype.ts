// Compares keys and values in f32, f16, bf16 and int8: how much memory a smaller type saves, and how it changes the
// predictions.

import type { Experiment } from '../../experiment.ts';
import { DATA_VERSION, type KvDtypeData, kvDtypeSchema } from './data.ts';
import { measureKvDtype } from './measure.ts';
import { reportKvDtype } from './report.ts';
import { TEXTS } from './texts.ts';

export const kvDtype: Experiment<KvDtypeData> = {
  name: 'kv-dtype',
  texts: TEXTS,
  dataVersion: DATA_VERSION,
  dataSchema: kvDtypeSchema,
  measure: measureKvDtype,
  report: reportKvDtype,
};
