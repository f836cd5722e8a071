// What an experiment gives, as `NAME.json` holds it: for machines to read, for `quire lab compare`, and for the report
// to be drawn from. The schema is published as docs/lab-result.schema.json.

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
  style: z.enum(['line', 'dashes', 'points']).optional().describe('line where absent'),
  colour: z.int().min(0).optional().describe('which of the palette; its place among the series where absent'),
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
  exact: z.boolean().optional().describe('a count, which every run gives alike'),
  samples: z.array(z.number()).min(1).describe('one for each repetition'),
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
  weights: z.string().describe('the type that most of the multiplying is done with'),
  backend: z.string(),
  instructionSet: z.string(),
  threads: z.int(),
  repetitions: z.int(),
  quick: z.boolean().describe('small sizes, which measure nothing'),
  lengths: z.array(z.int()).optional().describe('those that were asked for'),
  limits: z
    .strictObject({
      bandwidthBytesPerSecond: z.number(),
      int8OpsPerSecond: z.number(),
      f32FlopsPerSecond: z.number(),
      bf16FlopsPerSecond: z.number(),
      threads: z.int(),
    })
    .optional()
    .describe('what the machine can do at most; absent where the kernels are not built, and in quick runs'),
});

export const resultSchema = z.strictObject({
  format: z.literal(RESULT_FORMAT),
  experiment: z.string(),
  title: textSchema,
  question: textSchema,
  expected: textSchema.describe('what was expected'),
  seen: z.array(textSchema).describe('what was seen, a sentence each'),
  apart: z.array(textSchema).describe('where theory and measurement part; empty where they do not'),
  status: z.enum(['complete', 'interrupted', 'skipped']),
  seconds: z.number(),
  conditions: conditionsSchema,
  tables: z.array(tableSchema),
  charts: z.array(chartSchema),
  metrics: z.array(metricSchema),
});

export type Cell = z.output<typeof cell>;
export type Column = z.output<typeof columnSchema>;
export type Table = z.output<typeof tableSchema>;
export type Series = z.output<typeof seriesSchema>;
export type Chart = z.output<typeof chartSchema>;
export type Metric = z.output<typeof metricSchema>;
export type Conditions = z.output<typeof conditionsSchema>;
export type LabResult = z.output<typeof resultSchema>;
