// The measured data of the experiment `shapes`.

import { z } from 'zod';
import { countSchema } from '../../data-schemas.ts';

export const MODES = ['paged', 'none'] as const;
export type Mode = (typeof MODES)[number];

export const DATA_VERSION = 1;

const tokenIdsSchema = z.array(countSchema).max(4096);

const stepSchema = z.object({
  /** from 1 */
  number: countSchema,
  /** ids and positions of the tokens that the step computes */
  tokens: tokenIdsSchema,
  positions: tokenIdsSchema.min(1),
  /** tokens that the attention of the step reads: cached earlier or computed in this step */
  context: countSchema.max(4096),
  /** tokens in the cache before the step; equal in all layers */
  before: countSchema,
  /** tokens in the cache when the next step begins */
  after: countSchema,
  /** the generated token; absent while a prompt is computed in parts */
  chosen: countSchema.optional(),
  /** text of each computed token, and of the generated token */
  pieces: z.array(z.string()),
  chosenPiece: z.string().optional(),
});

const layersSchema = z.object({
  heads: countSchema,
  kvHeads: countSchema,
  headDim: countSchema,
  window: countSchema.optional(),
  /** layer numbers, ascending */
  layers: z.array(countSchema).min(1),
});

export const shapesSchema = z.object({
  layerKinds: z.array(layersSchema),
  steps: z.object({ paged: z.array(stepSchema), none: z.array(stepSchema) }),
});

export type ShapesData = z.output<typeof shapesSchema>;
export type TracedStep = z.output<typeof stepSchema>;
export type LayerKind = z.output<typeof layersSchema>;
