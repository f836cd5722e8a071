// Measures how much KV memory is reserved but not used with realistic chat lengths. This checks the claim of the
// PagedAttention paper (Kwon et al. 2023) for this cache and this scheduler. The kernels are simulated.

import type { Experiment } from '../../experiment.ts';
import { DATA_VERSION, type WasteData, wasteSchema } from './data.ts';
import { measureWaste } from './measure.ts';
import { reportWaste } from './report.ts';
import { TEXTS } from './texts.ts';

export const waste: Experiment<WasteData> = {
  name: 'waste',
  texts: TEXTS,
  dataVersion: DATA_VERSION,
  dataSchema: wasteSchema,
  subject: async () => 'simulated',
  measure: measureWaste,
  report: reportWaste,
};
