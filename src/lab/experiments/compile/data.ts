// The counted and measured data of the experiment `compile`.

import { z } from 'zod';
import { countSchema, differenceSchema, samplesSchema } from '../../data-schemas.ts';

export const VARIANTS = ['unfused', 'fused'] as const;
export type Variant = (typeof VARIANTS)[number];
export type ByVariant<T> = Record<Variant, T>;

export const DATA_VERSION = 1;

const tapeSchema = z.object({
  operations: countSchema,
  /** operations of each kind */
  kinds: z.record(z.string(), countSchema),
  waits: countSchema,
  buffers: countSchema,
  /** bytes of all buffers if the buffers did not share memory */
  separateBytes: countSchema,
  arenaBytes: countSchema,
});

const timesSchema = z.object({ prefillMs: samplesSchema, decodeMs: samplesSchema });

const byVariantSchema = <Schema extends z.ZodType>(schema: Schema) =>
  z.object({ unfused: schema, fused: schema });

export const compileSchema = z.object({
  /** tokens of the step for which the tape (the compiled list of operations) is planned */
  stepTokens: countSchema,
  tapes: byVariantSchema(tapeSchema),
  promptTokens: countSchema,
  answerTokens: countSchema,
  equality: z
    .object({ answerTokens: countSchema, tokensEqual: z.boolean(), logitDifference: differenceSchema })
    .optional(),
  times: byVariantSchema(timesSchema),
});

export type CompileData = z.output<typeof compileSchema>;
export type TapeCounts = z.output<typeof tapeSchema>;

export const byVariant = <T>(valueFor: (variant: Variant) => T): ByVariant<T> => ({
  unfused: valueFor('unfused'),
  fused: valueFor('fused'),
});
