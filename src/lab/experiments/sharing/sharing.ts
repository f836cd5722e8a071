// Measures the sharing of a common prefix: copy-on-write forks of a long prompt, and conversations with one system prompt.

import type { Experiment } from '../../experiment.ts';
import { DATA_VERSION, type SharingData, sharingSchema } from './data.ts';
import { measureSharing, sharedPrefix } from './measure.ts';
import { reportSharing } from './report.ts';
import { TEXTS } from './texts.ts';

export const sharing: Experiment<SharingData> = {
  name: 'sharing',
  texts: TEXTS,
  dataVersion: DATA_VERSION,
  dataSchema: sharingSchema,
  subject: async (bench) => (await sharedPrefix(bench)).choice,
  measure: measureSharing,
  report: reportSharing,
};
