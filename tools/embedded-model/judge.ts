// Judges an answer by the checks that the evaluation file defines for its turn. The checks are simple enough to recompute
// the figures by hand.

import { z } from 'zod';

const turnSchema = z.strictObject({
  user: z.string(),
  /** the complete answer, or several correct answers */
  exact: z.union([z.string(), z.array(z.string())]).optional(),
  /** groups of alternatives: one alternative of each group must occur in the answer */
  all: z.array(z.array(z.string())).optional(),
  /** texts that must not occur in the answer */
  none: z.array(z.string()).optional(),
  /** the answer must be a refusal */
  refuse: z.boolean().optional(),
  /** category of the turn; not a check */
  kind: z.string().optional(),
  /** whether the answer depends on an earlier turn */
  dependsOnEarlier: z.boolean().optional(),
});

export const dialogueSchema = z.strictObject({
  id: z.string(),
  lang: z.enum(['en', 'zh']),
  system: z.string().optional(),
  turns: z.array(turnSchema).min(1),
});

export type Turn = z.infer<typeof turnSchema>;
export type Dialogue = z.infer<typeof dialogueSchema>;

const REFUSALS = ["i don't know", "i can't", '不知道', '无法'];

/** Returns whether `answer` passes all checks of the turn; undefined if the turn has no checks. */
export function judge(turn: Turn, answer: string): boolean | undefined {
  const { exact, all, none, refuse } = turn;
  if (exact === undefined && all === undefined && none === undefined && refuse === undefined)
    return undefined;
  const text = normalize(answer);
  const contains = (part: string): boolean => text.includes(normalize(part));
  return (
    (exact === undefined || [exact].flat().some((accepted) => normalize(accepted) === text)) &&
    (all ?? []).every((group) => group.some(contains)) &&
    !(none ?? []).some(contains) &&
    (refuse === undefined || refuse === REFUSALS.some(contains))
  );
}

const normalize = (text: string): string => text.trim().toLowerCase().replace(/[‘’]/g, "'");
