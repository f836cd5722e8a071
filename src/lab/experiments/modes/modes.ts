// Compares no cache, a contiguous cache and a paged cache: time and memory as a text grows. Checks that the tokens are equal.

import type { Experiment } from '../../experiment.ts';
import { DATA_VERSION, type ModesData, modesSchema } from './data.ts';
import { measureModes } from './measure.ts';
import { reportModes } from './report.ts';
import { TEXTS } from './texts.ts';

export const modes: Experiment<ModesData> = {
  name: 'modes',
  texts: TEXTS,
  dataVersion: DATA_VERSION,
  dataSchema: modesSchema,
  measure: measureModes,
  report: reportModes,
};
