// Plays a chat turn by turn and measures the time to first token: without reuse, with reuse, with a new engine, with the
// reasoning removed from the history, and when the context is full.

import type { Experiment } from '../../experiment.ts';
import { DATA_VERSION, type TurnsData, turnsSchema } from './data.ts';
import { measureTurns } from './measure.ts';
import { reportTurns } from './report.ts';
import { TEXTS } from './texts.ts';

export const turns: Experiment<TurnsData> = {
  name: 'turns',
  texts: TEXTS,
  dataVersion: DATA_VERSION,
  dataSchema: turnsSchema,
  measure: measureTurns,
  report: reportTurns,
};
