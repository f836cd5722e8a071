// The measured data of the experiment `sharing`.

import { z } from 'zod';
import { countSchema } from '../../data-schemas.ts';

export const SHARING_KINDS = ['forked', 'copied', 'separate'] as const;
export type SharingKind = (typeof SHARING_KINDS)[number];
export const CONVERSATION_KINDS = ['shared', 'separate'] as const;
export type ConversationKind = (typeof CONVERSATION_KINDS)[number];

export const DATA_VERSION = 1;

const runSchema = z.object({
  /** tokens computed by the model */
  computedTokens: countSchema,
  /** KV memory that contains tokens at the end; shared blocks are counted once */
  filledBytes: countSchema,
  /** blocks copied on write, because other sequences referenced them */
  copiedBlocks: countSchema,
  /** from the first request to the last answer */
  totalMs: z.number(),
});

const runsSchema = z.array(runSchema);

const pointSchema = z.object({
  /** number of answers to one prompt */
  count: countSchema,
  /** one run for each repetition; empty if memory does not suffice */
  runs: z.object({ forked: runsSchema.min(1), copied: runsSchema, separate: runsSchema }),
  /** whether the answers equal those of `forked`; absent if memory does not suffice */
  equal: z.object({ copied: z.boolean().optional(), separate: z.boolean().optional() }),
});

const conversationsSchema = z.object({
  count: countSchema,
  modelName: z.string(),
  systemTokens: countSchema,
  runs: z.object({ shared: runsSchema.min(1), separate: runsSchema.min(1) }),
  tokensEqual: z.boolean(),
});

export const sharingSchema = z.object({
  modelName: z.string(),
  prefixTokens: countSchema,
  answerTokens: countSchema,
  points: z.array(pointSchema),
  conversations: conversationsSchema.optional(),
});

export type SharingData = z.output<typeof sharingSchema>;
export type SharingPoint = z.output<typeof pointSchema>;
export type SharingRun = z.output<typeof runSchema>;
export type Conversations = z.output<typeof conversationsSchema>;
