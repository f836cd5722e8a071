// The measured data of the experiment `backends`.

import { z } from 'zod';
import { countSchema, differenceSchema, samplesSchema } from '../../data-schemas.ts';

export const SPEED_MEASURES = ['prefill', 'decode'] as const;
export type SpeedMeasure = (typeof SPEED_MEASURES)[number];

export const DATA_VERSION = 1;

const answerSchema = z.object({
  backend: z.string(),
  /** number of tokens compared with those of the first backend */
  compared: countSchema,
  /** number of the first token that differs, from 1; absent if all tokens are equal */
  firstDifference: countSchema.optional(),
  /** difference between the two largest logits of the first backend at the first token that differs */
  lead: z.number().optional(),
  /** largest difference up to and including the first token that differs */
  logitDifference: differenceSchema,
});

const speedSchema = z.object({
  backend: z.string(),
  threads: countSchema,
  // sizes in tokens
  prompt: countSchema,
  generate: countSchema,
  /** whether the sizes are the small sizes, at which all backends are compared */
  small: z.boolean(),
  /** tokens per second, one for each repetition */
  prefill: samplesSchema.min(1),
  decode: samplesSchema.min(1),
  /** shares of the limits of the machine; absent if the limits were not measured */
  share: z.object({ prefill: z.number(), decode: z.number() }).optional(),
  weightBytes: countSchema,
});

export const backendsSchema = z.object({
  /** false if only the reference backend can run */
  nativeBuilt: z.boolean(),
  bandwidthBytesPerSecond: z.number().optional(),
  answers: z.array(answerSchema),
  /** in the order of measurement: the fastest backend first, and the large sizes before the small sizes */
  speeds: z.array(speedSchema),
});

export type BackendsData = z.output<typeof backendsSchema>;
export type BackendAnswer = z.output<typeof answerSchema>;
export type BackendSpeed = z.output<typeof speedSchema>;
