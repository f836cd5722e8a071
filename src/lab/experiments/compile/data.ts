// The counted and measured data of `compile`.

import { z } from 'zod';
import { countSchema, differenceSchema, samplesSchema } from '../../data-schemas.ts';

export const SIDES = ['unfused', 'fused'] as const;
export type Side = (typeof SIDES)[number];
export type BySide<T> = Record<Side, T>;

export const DATA_VERSION = 1;

const tapeSchema = z.object({
  operations: countSchema,
  /** operations of each kind */
  kinds: z.record(z.string(), countSchema),
  waits: countSchema,
  buffers: countSchema,
  /** bytes of all buffers if none shared memory */
  separateBytes: countSchema,
  arenaBytes: countSchema,
});

const timesSchema = z.object({ prefillMs: samplesSchema, decodeMs: samplesSchema });

const bySide = <Schema extends z.ZodType>(schema: Schema) => z.object({ unfused: schema, fused: schema });

export const compileSchema = z.object({
  /** tokens of the step that the tape is planned for */
  stepTokens: countSchema,
  tapes: bySide(tapeSchema),
  promptTokens: countSchema,
  answerTokens: countSchema,
  equality: z
    .object({ answerTokens: countSchema, tokensEqual: z.boolean(), logitDifference: differenceSchema })
    .optional(),
  times: bySide(timesSchema),
});

export type CompileData = z.output<typeof compileSchema>;
export type TapeCounts = z.output<typeof tapeSchema>;

export const forSides = <T>(valueFor: (side: Side) => T): BySide<T> => ({
  unfused: valueFor('unfused'),
  fused: valueFor('fused'),
});
