// The result of an experiment as stored in `NAME.json`. Scripts, `quire lab compare` and the report read it. The schema is
// published as docs/lab-result.schema.json.

import { z } from 'zod';
import { textSchema } from './text.ts';

export const RESULT_FORMAT = 'quire-lab/1';

const cell = z.union([z.number(), z.string(), z.boolean(), z.null(), textSchema]);

const columnSchema = z.strictObject({
  title: textSchema,
  unit: z.string().optional().describe('ms, bytes, tokens/s; sizes in bytes are shown in KiB, MiB, GiB'),
});

const tableSchema = z.strictObject({
  name: z.string(),
  title: textSchema,
  columns: z.array(columnSchema),
  rows: z.array(z.array(cell)).describe('null: not measured'),
});

const axisSchema = z.strictObject({
  title: textSchema,
  unit: z.string().optional(),
  scale: z.enum(['linear', 'log']).optional(),
});

const seriesSchema = z.strictObject({
  name: textSchema,
  style: z.enum(['line', 'dashes', 'points']).optional().describe('line if absent'),
  colour: z.int().min(0).optional().describe('index in the palette; if absent, the index of the series'),
  points: z.array(z.tuple([z.union([z.number(), textSchema, z.string()]), z.number()])),
});

const chartSchema = z.strictObject({
  name: z.string().describe('the file is NAME-name.svg'),
  kind: z.enum(['lines', 'bars', 'stacked']),
  title: textSchema,
  x: axisSchema,
  y: axisSchema,
  series: z.array(seriesSchema),
});

const metricSchema = z.strictObject({
  name: z.string(),
  title: textSchema,
  unit: z.string(),
  better: z.enum(['lower', 'higher']),
  exact: z.boolean().optional().describe('a count, which is the same in every run'),
  samples: z.array(z.number()).min(1).describe('one per repetition'),
});

const conditionsSchema = z.strictObject({
  date: z.iso.datetime(),
  quire: z.string().describe('version'),
  node: z.string(),
  system: z.string(),
  processor: z.string(),
  processors: z.int(),
  memoryBytes: z.int(),
  model: z.string(),
  parameters: z.int(),
  contextLength: z.int(),
  weights: z.string().describe('the type of most weights that are multiplied'),
  backend: z.string(),
  instructionSet: z.string(),
  threads: z.int(),
  repetitions: z.int(),
  quick: z.boolean().describe('small sizes, which show only that everything works'),
  lengths: z.array(z.int()).optional().describe('the text lengths that were requested'),
  limits: z
    .strictObject({
      bandwidthBytesPerSecond: z.number(),
      int8OpsPerSecond: z.number(),
      int16OpsPerSecond: z.number().optional().describe('absent in results of earlier versions'),
      f32FlopsPerSecond: z.number(),
      bf16FlopsPerSecond: z.number(),
      threads: z.int(),
    })
    .optional()
    .describe('measured peaks of the machine; absent if the native kernels are not built, and in quick runs'),
});

const dataSchema = z
  .strictObject({
    version: z.int().min(1).describe('version of the data of this experiment'),
    values: z.record(z.string(), z.unknown()),
  })
  .describe(
    'the measured values, from which quire lab render creates all tables, charts and sentences again; absent in results of other programs and of earlier versions',
  );

export const resultSchema = z.strictObject({
  format: z.literal(RESULT_FORMAT),
  experiment: z.string(),
  title: textSchema,
  question: textSchema,
  expected: textSchema.describe('written before anything was measured'),
  seen: z.array(textSchema).describe('observations, one sentence each'),
  apart: z
    .array(textSchema)
    .describe('contradictions between the measurement and the expectation, one sentence each'),
  status: z.enum(['complete', 'interrupted', 'skipped']),
  seconds: z.number(),
  conditions: conditionsSchema,
  tables: z.array(tableSchema),
  charts: z.array(chartSchema),
  metrics: z.array(metricSchema),
  data: dataSchema.optional(),
});

export type Cell = z.output<typeof cell>;
export type Column = z.output<typeof columnSchema>;
export type Table = z.output<typeof tableSchema>;
export type Series = z.output<typeof seriesSchema>;
export type Chart = z.output<typeof chartSchema>;
export type Metric = z.output<typeof metricSchema>;
export type Conditions = z.output<typeof conditionsSchema>;
export type LabResult = z.output<typeof resultSchema>;
