// The counted and measured data of the experiment `growth`.

import { z } from 'zod';
import { countSchema, samplesSchema } from '../../data-schemas.ts';

export const MODES = ['cache', 'none'] as const;
export type Mode = (typeof MODES)[number];

export const DATA_VERSION = 1;

const pointSchema = z.object({
  /** tokens of the prompt */
  length: countSchema,
  /** mean number of operations per timed token */
  ops: z.number().positive(),
  /** time per token, one value for each repetition */
  ms: samplesSchema.min(1),
});

const sweepSchema = z.object({
  budgetMs: z.number(),
  points: z.array(pointSchema),
  /** the first length that would have exceeded the remaining time budget */
  stoppedAt: countSchema.optional(),
});

export const growthSchema = z.object({
  lengths: z.array(countSchema),
  network: z.object({
    linearOps: z.number(),
    headOps: z.number(),
    layers: countSchema,
    heads: countSchema,
    headDim: countSchema,
  }),
  weightBytes: countSchema,
  kvBytesPerToken: countSchema,
  /** bytes of keys and values that a token reads, for each of `lengths` */
  kvBytesRead: z.array(countSchema),
  sweeps: z.object({ cache: sweepSchema, none: sweepSchema }),
});

export type GrowthData = z.output<typeof growthSchema>;
export type GrowthPoint = z.output<typeof pointSchema>;
export type Sweep = z.output<typeof sweepSchema>;
