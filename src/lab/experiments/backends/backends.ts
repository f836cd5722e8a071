// Compares the backends on one model: the reference backend, and the native backend with each instruction set of this
// machine. Measures their speed and their share of the limits of the machine, and checks that they generate the same tokens.

import type { Experiment } from '../../experiment.ts';
import { type BackendsData, backendsSchema, DATA_VERSION } from './data.ts';
import { measureBackends } from './measure.ts';
import { reportBackends } from './report.ts';
import { TEXTS } from './texts.ts';

export const backends: Experiment<BackendsData> = {
  name: 'backends',
  texts: TEXTS,
  dataVersion: DATA_VERSION,
  dataSchema: backendsSchema,
  measure: measureBackends,
  report: reportBackends,
};
