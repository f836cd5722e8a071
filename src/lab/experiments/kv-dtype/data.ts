// The measured data of the experiment `kv-dtype`.

import { z } from 'zod';
import type { KvDtype } from '../../../base/model/kv-layout.ts';
import { countSchema, samplesSchema } from '../../data-schemas.ts';

export const DATA_VERSION = 1;

/** One value for each type of keys and values. */
export type ByDtype<T> = Record<KvDtype, T>;

const byDtypeSchema = <Schema extends z.ZodType>(schema: Schema) =>
  z.object({ f32: schema, f16: schema, bf16: schema, int8: schema });

const qualitySchema = z.object({
  /** memory of one token */
  bytesPerToken: countSchema,
  // logits compared with those of f32
  largestDifference: z.number(),
  meanDifference: z.number(),
  /** share of positions where the most likely token is the same */
  agreement: z.number(),
  perplexity: z.number(),
});

const timingSchema = z.object({
  usedBytes: countSchema,
  /** one value for each repetition */
  msPerToken: samplesSchema.min(1),
});

export const kvDtypeSchema = z.object({
  /** number of positions of a text at which logits were compared so far */
  positions: countSchema,
  quality: byDtypeSchema(qualitySchema).optional(),
  /** bytes of weights that a token reads */
  weightBytes: countSchema,
  timings: z.array(
    z.object({
      /** tokens of the text */
      length: countSchema,
      /** bytes of keys and values that a token reads in f32 */
      kvBytesRead: countSchema,
      types: byDtypeSchema(timingSchema),
    }),
  ),
});

export type KvDtypeData = z.output<typeof kvDtypeSchema>;
export type Quality = NonNullable<KvDtypeData['quality']>;

export const byDtype = <T>(valueFor: (type: KvDtype) => T): ByDtype<T> => ({
  f32: valueFor('f32'),
  f16: valueFor('f16'),
  bf16: valueFor('bf16'),
  int8: valueFor('int8'),
});

/** Calls `valueFor` for one type after another, f32 first. */
export async function byDtypeAsync<T>(valueFor: (type: KvDtype) => Promise<T>): Promise<ByDtype<T>> {
  return {
    f32: await valueFor('f32'),
    f16: await valueFor('f16'),
    bf16: await valueFor('bf16'),
    int8: await valueFor('int8'),
  };
}
