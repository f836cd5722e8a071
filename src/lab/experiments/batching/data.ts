// The measured data of the experiment `batching`.

import { z } from 'zod';
import { countSchema } from '../../data-schemas.ts';

export const BATCHINGS = ['static', 'continuous'] as const;
export type Batching = (typeof BATCHINGS)[number];

export const DATA_VERSION = 1;

const requestSchema = z.object({
  /** generated tokens */
  tokens: countSchema,
  // times from the arrival of the request
  ttftMs: z.number(),
  latencyMs: z.number(),
});

const streamSchema = z.object({
  requests: z.array(requestSchema).min(1),
  /** from the first arrival to the end of the last answer */
  seconds: z.number().positive(),
});

const loadPointSchema = z.object({
  batching: z.enum(BATCHINGS),
  /** share of the capacity */
  load: z.number(),
  /** arriving requests per second */
  rate: z.number(),
  stream: streamSchema,
});

const streamsSchema = z.array(streamSchema).min(1);

export const batchingSchema = z.object({
  /** requests of a static batch, and running requests of continuous batching */
  batchSize: countSchema,
  /** goodput does not include answers that take longer */
  limitMs: z.number(),
  /** streams of one request each */
  alone: streamsSchema,
  /** many requests that arrive at the same time, one stream for each repetition */
  capacity: z.object({ static: streamsSchema, continuous: streamsSchema }).optional(),
  points: z.array(loadPointSchema),
  /** the capacity of continuous batching, measured again at the end */
  capacityAfter: streamSchema.optional(),
  answers: z.object({ alone: countSchema, compared: countSchema, differing: countSchema }),
});

export type BatchingData = z.output<typeof batchingSchema>;
export type LoadPoint = z.output<typeof loadPointSchema>;
export type ServedStream = z.output<typeof streamSchema>;
export type ServedRequest = z.output<typeof requestSchema>;
