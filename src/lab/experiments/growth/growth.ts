// Shows how the work per token grows with the length of the text, with a cache and without: operations counted from the
// program, and measured times.

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
