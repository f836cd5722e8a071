// The measured data of the experiment `speculation`.

import { z } from 'zod';
import { countSchema, samplesSchema } from '../../data-schemas.ts';

export const TEXT_KINDS = ['repeating', 'free'] as const;
export type TextKindName = (typeof TEXT_KINDS)[number];

export const DATA_VERSION = 1;

const runSchema = z.object({
  kind: z.enum(TEXT_KINDS),
  /** maximum number of draft tokens per step */
  drafts: countSchema,
  /** generated tokens */
  tokens: countSchema.min(1),
  /** steps that generated tokens */
  steps: countSchema.min(1),
  drafted: countSchema,
  accepted: countSchema,
  /** whether the tokens equal those of the run without drafts */
  tokensEqual: z.boolean(),
  /** time per token, one value for each repetition */
  msPerToken: samplesSchema,
});

export const speculationSchema = z.object({
  answerTokens: countSchema,
  /** by kind of text; for each kind, the run with 0 drafts is first */
  runs: z.array(runSchema),
});

export type SpeculationData = z.output<typeof speculationSchema>;
export type SpeculationRun = z.output<typeof runSchema>;
