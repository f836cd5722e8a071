// What happens when a conversation no longer fits its context: an error, or the oldest turns are left out. Turns are
// dropped down to a low-water mark, well below the limit: each cut makes the rest of the text begin elsewhere, so
// that all of it must be computed again, and the next cut should be many turns away. What was dropped is told.

import { QuireError } from '../base/errors.ts';
import { checkChoice } from '../base/option-names.ts';
import { answerLimit } from '../completion/sampling-options.ts';

export type ContextPolicy =
  | { readonly kind: 'error' }
  | {
      readonly kind: 'truncate';
      /** share of the context that the prompt may take after a cut; in (0, 1), 0.5 by default */
      readonly lowWater: number;
    };

/** A policy as callers write it. */
export type ContextPolicyOption =
  | ContextPolicy['kind']
  | Extract<ContextPolicy, { kind: 'error' }>
  | (Partial<Extract<ContextPolicy, { kind: 'truncate' }>> & { readonly kind: 'truncate' });

/** What a turn left out; the messages stay in the conversation. */
export interface ContextReport {
  readonly policy: ContextPolicy['kind'];
  /** messages after the system message that the model does not see any more */
  readonly droppedMessages: number;
  /** of them, those that this turn dropped, and how many tokens shorter its prompt became */
  readonly newlyDropped: { readonly messages: number; readonly tokens: number };
  /** the history was written with another model, whose tokens are of no use for this one */
  readonly modelChanged?: { readonly from: string; readonly to: string };
}

/** share of the context that a prompt takes after a cut, where none is given */
export const LOW_WATER = 0.5;

/** A policy as callers write it: `error`, `truncate`, or the object. Raises `bad_option`. */
export function contextPolicy(asked: ContextPolicyOption = 'error'): ContextPolicy {
  const policy: Exclude<ContextPolicyOption, string> = typeof asked === 'string' ? { kind: asked } : asked;
  if (policy.kind === 'error') return { kind: 'error' };
  checkChoice('contextPolicy', policy.kind, ['error', 'truncate']);
  const { lowWater = LOW_WATER } = policy;
  if (!(lowWater > 0 && lowWater < 1))
    throw new QuireError('bad_option', `lowWater is ${lowWater}`, 'give a share of the context, such as 0.5');
  return { kind: 'truncate', lowWater };
}

/** Tokens kept free for an answer: as many as were asked for, a quarter of the context at most. */
export function answerRoom(maxTokens: number | undefined, contextLength: number): number {
  const wanted = answerLimit(maxTokens) ?? Math.floor(contextLength / 8);
  return Math.max(1, Math.min(wanted, Math.floor(contextLength / 4)));
}

/**
 * The least number of turns to drop, from `from` to `most`, so that a prompt has at most `target` tokens; `most` where
 * none does.
 * @param tokensWithout length of the prompt without the first so many turns; it shrinks with them
 */
export async function turnsToDrop(
  { from, most, target }: { from: number; most: number; target: number },
  tokensWithout: (turns: number) => Promise<number>,
): Promise<number> {
  let low = from;
  let high = most;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await tokensWithout(middle)) <= target) high = middle;
    else low = middle + 1;
  }
  return low;
}
