// Measures prompt lookup, which drafts tokens from the text itself and verifies them in one step: on a text that repeats
// itself, and on a text that does not.

import type { Experiment } from '../../experiment.ts';
import { DATA_VERSION, type SpeculationData, speculationSchema } from './data.ts';
import { measureSpeculation } from './measure.ts';
import { reportSpeculation } from './report.ts';
import { TEXTS } from './texts.ts';

export const speculation: Experiment<SpeculationData> = {
  name: 'speculation',
  texts: TEXTS,
  dataVersion: DATA_VERSION,
  dataSchema: speculationSchema,
  measure: measureSpeculation,
  report: reportSpeculation,
};
