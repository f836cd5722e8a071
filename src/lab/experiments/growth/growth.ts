// How the work per token grows with the text: counted from the program and timed, with a cache and without.

import type { Experiment } from '../../experiment.ts';
import { DATA_VERSION, type GrowthData, growthSchema } from './data.ts';
import { measureGrowth } from './measure.ts';
import { reportGrowth } from './report.ts';
import { TEXTS } from './texts.ts';

export const growth: Experiment<GrowthData> = {
  name: 'growth',
  texts: TEXTS,
  dataVersion: DATA_VERSION,
  dataSchema: growthSchema,
  subject: async (bench) => ({ model: await bench.smallLlama() }),
  measure: measureGrowth,
  report: reportGrowth,
};
