// Compares the fused program with the unfused program that the model family builds: number of operations, memory and speed.

import type { Experiment } from '../../experiment.ts';
import { type CompileData, compileSchema, DATA_VERSION } from './data.ts';
import { measureCompile } from './measure.ts';
import { reportCompile } from './report.ts';
import { TEXTS } from './texts.ts';

export const compile: Experiment<CompileData> = {
  name: 'compile',
  texts: TEXTS,
  dataVersion: DATA_VERSION,
  dataSchema: compileSchema,
  measure: measureCompile,
  report: reportCompile,
};
