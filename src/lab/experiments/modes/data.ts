// The measured data of the experiment `modes`.

import { z } from 'zod';
import { countSchema, differenceSchema, samplesSchema } from '../../data-schemas.ts';

export const MODES = ['none', 'contiguous', 'paged'] as const;
export type Mode = (typeof MODES)[number];

export const DATA_VERSION = 1;

const modeSchema = z.enum(MODES);

const timingSchema = z.object({
  /** time per token, one value for each repetition */
  msPerToken: samplesSchema.min(1),
  ttftMs: samplesSchema,
  totalMs: samplesSchema,
  // KV memory when the last token was generated
  reservedBytes: countSchema,
  usedBytes: countSchema,
  wastedBytes: countSchema,
});

export const modesSchema = z.object({
  /** tokens of the answers that are compared */
  answerTokens: countSchema,
  /** tokens generated for each timing */
  timedTokens: countSchema,
  answers: z.array(
    z.object({
      mode: modeSchema,
      promptTokens: countSchema,
      tokensEqual: z.boolean(),
      /** largest difference from the logits of the mode `none` */
      logitDifference: differenceSchema,
      totalMs: z.number(),
    }),
  ),
  points: z.array(
    z.object({
      /** tokens of the text */
      length: countSchema,
      timings: z.object({ none: timingSchema, contiguous: timingSchema, paged: timingSchema }),
    }),
  ),
});

export type ModesData = z.output<typeof modesSchema>;
export type ModesPoint = ModesData['points'][number];
export type ModesTiming = z.output<typeof timingSchema>;

export const byMode = <T>(valueFor: (mode: Mode) => T): Record<Mode, T> => ({
  none: valueFor('none'),
  contiguous: valueFor('contiguous'),
  paged: valueFor('paged'),
});
