// Shows what each step of a short answer computes, with a cache and without, as a trace for the terminal and as tables.

import type { Experiment } from '../../experiment.ts';
import { DATA_VERSION, type ShapesData, shapesSchema } from './data.ts';
import { measureShapes } from './measure.ts';
import { reportShapes } from './report.ts';
import { TEXTS } from './texts.ts';
import { traceLines } from './trace-lines.ts';

export const shapes: Experiment<ShapesData> = {
  name: 'shapes',
  texts: TEXTS,
  dataVersion: DATA_VERSION,
  dataSchema: shapesSchema,
  measure: measureShapes,
  report: reportShapes,
  trace: traceLines,
};
