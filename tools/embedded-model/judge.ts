// Decides whether an answer is right, by the checks that an evaluation file writes beside each question. It is
// deliberately simple, so that a figure can be recomputed by hand.

import { z } from 'zod';

const turnSchema = z.strictObject({
  user: z.string(),
  /** the whole answer, or several that are equally right */
  exact: z.union([z.string(), z.array(z.string())]).optional(),
  /** of every group, one alternative occurs in the answer */
  all: z.array(z.array(z.string())).optional(),
  /** none of these occurs */
  none: z.array(z.string()).optional(),
  /** the answer says that it does not know, or cannot */
  refuse: z.boolean().optional(),
  /** what sort of turn it is, for reading errors; not judged */
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

/** Whether `answer` passes; undefined where the turn has no check. */
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
