// Judges an answer by the checks that the evaluation file defines for its turn. The checks are simple enough to recompute
// the figures by hand.

import { z } from 'zod';

const callSchema = z.strictObject({
  name: z.string(),
  /** for each parameter the values that are right */
  arguments: z.record(z.string(), z.array(z.string()).min(1)),
  /** what the tool returns: a text or a JSON value */
  result: z.json(),
});

const toolSchema = z.strictObject({
  name: z.string(),
  description: z.string(),
  /** names of the parameters, which are strings */
  parameters: z.array(z.string()),
});

const turnSchema = z.strictObject({
  user: z.string(),
  /** the calls that the model must make before its answer, in any order; none if absent */
  calls: z.array(callSchema).optional(),
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
  /** the tools that are offered to the model, in this order */
  tools: z.array(toolSchema).optional(),
  turns: z.array(turnSchema).min(1),
});

export type ExpectedCall = z.infer<typeof callSchema>;
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

/** A call that a model made. */
export interface MadeCall {
  readonly name: string;
  readonly arguments: unknown;
}

/** Returns the expected call that `call` is; undefined if it is none of them. */
export const matchingCall = (expected: readonly ExpectedCall[], call: MadeCall): ExpectedCall | undefined =>
  expected.find((candidate) => candidate.name === call.name && hasArguments(candidate, call.arguments));

function hasArguments(expected: ExpectedCall, given: unknown): boolean {
  if (typeof given !== 'object' || given === null) return false;
  const values = new Map<string, unknown>(Object.entries(given));
  const names = Object.keys(expected.arguments);
  return (
    values.size === names.length &&
    names.every((name) => {
      const value = values.get(name);
      const compared = name === 'expression' ? normalizeExpression : (text: string) => text.trim();
      return (
        typeof value === 'string' &&
        expected.arguments[name]!.some((accepted) => compared(accepted) === compared(value))
      );
    })
  );
}

// "12 × 3" and "12*3" are the same expression.
const normalizeExpression = (expression: string): string =>
  expression.replace(/\s+/g, '').replace(/[×x]/gi, '*').replace(/÷/g, '/');

const normalize = (text: string): string => text.trim().toLowerCase().replace(/[‘’]/g, "'");
