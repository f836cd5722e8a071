// Judges an answer by the checks that the evaluation file defines for the question. It is deliberately simple, so that
// figures can be recomputed by hand.

import { z } from 'zod';

const turnSchema = z.strictObject({
  user: z.string(),
  /** the whole answer, or several that are equally right */
  exact: z.union([z.string(), z.array(z.string())]).optional(),
  /** of each group, one alternative must occur in the answer */
  all: z.array(z.array(z.string())).optional(),
  /** must not occur in the answer */
  none: z.array(z.string()).optional(),
  /** the answer must be a refusal */
  refuse: z.boolean().optional(),
  /** category of the turn, for reading failures; not judged */
  kind: z.string().optional(),
  /** the answer depends on an earlier turn */
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

/** Returns whether `answer` passes all checks; undefined if the turn has none. */
export function judge(turn: Turn, answer: string): boolean | undefined {
  const { exact, all, none, refuse } = turn;
  if (exact === undefined && all === undefined && none === undefined && refuse === undefined)
    return undefined;
  const text = normalize(answer);
  const has = (part: string): boolean => text.includes(normalize(part));
  return (
    (exact === undefined || [exact].flat().some((whole) => normalize(whole) === text)) &&
    (all ?? []).every((group) => group.some(has)) &&
    !(none ?? []).some(has) &&
    (refuse === undefined || refuse === REFUSALS.some(has))
  );
}

const normalize = (text: string): string => text.trim().toLowerCase().replace(/[‘’]/g, "'");
