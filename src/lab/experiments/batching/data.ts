// The measured data of the experiment `batching`.

import { z } from 'zod';
import { countSchema } from '../../data-schemas.ts';

export const BATCHING_MODES = ['static', 'continuous'] as const;
export type BatchingMode = (typeof BATCHING_MODES)[number];

export const DATA_VERSION = 1;

const requestSchema = z.object({
  /** generated tokens */
  tokens: countSchema,
  // times from the arrival of the request
  ttftMs: z.number(),
  latencyMs: z.number(),
});

/** A series of requests that the same engine served. */
const seriesSchema = z.object({
  requests: z.array(requestSchema).min(1),
  /** from the first arrival to the end of the last answer */
  seconds: z.number().positive(),
});

const loadPointSchema = z.object({
  batching: z.enum(BATCHING_MODES),
  /** share of the capacity */
  load: z.number(),
  /** arriving requests per second */
  rate: z.number(),
  stream: seriesSchema,
});

const seriesListSchema = z.array(seriesSchema).min(1);

export const batchingSchema = z.object({
  /** requests of a static batch, and running requests of continuous batching */
  batchSize: countSchema,
  /** goodput does not include answers that take longer */
  limitMs: z.number(),
  /** one series for each request that was served alone */
  alone: seriesListSchema,
  /** series of requests that arrive at the same time, one for each repetition */
  capacity: z.object({ static: seriesListSchema, continuous: seriesListSchema }).optional(),
  points: z.array(loadPointSchema),
  /** the capacity of continuous batching, measured again at the end */
  capacityAfter: seriesSchema.optional(),
  /** numbers of answers: generated alone, compared with those in batches, and different from those in batches */
  answers: z.object({ alone: countSchema, compared: countSchema, differing: countSchema }),
});

export type BatchingData = z.output<typeof batchingSchema>;
export type LoadPoint = z.output<typeof loadPointSchema>;
export type ServedSeries = z.output<typeof seriesSchema>;
export type ServedRequest = z.output<typeof requestSchema>;
