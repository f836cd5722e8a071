// The measured data of the experiment `turns`.

import { z } from 'zod';
import { countSchema, samplesSchema } from '../../data-schemas.ts';

export const VARIANTS = ['none', 'reuse', 'restart', 'rewritten'] as const;
export type Variant = (typeof VARIANTS)[number];

export const DATA_VERSION = 1;

const turnSchema = z.object({
  promptTokens: countSchema,
  cachedTokens: countSchema,
  /** cached tokens that were read from disk */
  diskTokens: countSchema,
  /** time to the first token, one value for each repetition */
  ttftMs: samplesSchema,
});

const truncatedTurnSchema = z.object({
  promptTokens: countSchema,
  cachedTokens: countSchema,
  ttftMs: z.number(),
  /** whether messages were dropped before this turn */
  cut: z.boolean(),
  /** whether all of the text so far was cached */
  reused: z.boolean(),
});

const truncationSchema = z.object({
  contextLength: countSchema,
  /** one chat for each value of `lowWater`, the share of the context that a prompt may use after truncation */
  chats: z.array(z.object({ lowWater: z.number(), turns: z.array(truncatedTurnSchema) })),
});

export const turnsSchema = z.object({
  /** 0 if two turns do not fit into the context */
  turns: countSchema,
  questionTokens: countSchema,
  answerTokens: countSchema,
  /** tokens of each answer that `rewritten` removes from the history */
  thoughtTokens: countSchema,
  /** by variant, one entry for each turn */
  chats: z
    .object({
      none: z.array(turnSchema),
      reuse: z.array(turnSchema),
      restart: z.array(turnSchema),
      rewritten: z.array(turnSchema),
    })
    .optional(),
  /** whether the answers equal those of `none` */
  equal: z
    .object({ none: z.boolean(), reuse: z.boolean(), restart: z.boolean(), rewritten: z.boolean() })
    .optional(),
  /** null if the model has no chat template */
  truncation: truncationSchema.nullable().optional(),
});

export type TurnsData = z.output<typeof turnsSchema>;
export type TurnRecord = z.output<typeof turnSchema>;
export type TurnRecords = NonNullable<TurnsData['chats']>;
export type Truncation = z.output<typeof truncationSchema>;
export type TruncatedTurn = z.output<typeof truncatedTurnSchema>;

export const byVariant = <T>(valueFor: (variant: Variant) => T): Record<Variant, T> => ({
  none: valueFor('none'),
  reuse: valueFor('reuse'),
  restart: valueFor('restart'),
  rewritten: valueFor('rewritten'),
});

/** Returns the number of prompt tokens that were not cached. */
export const computedTokens = ({
  promptTokens,
  cachedTokens,
}: Pick<TurnRecord, 'promptTokens' | 'cachedTokens'>): number => promptTokens - cachedTokens;
