// What happens when a conversation does not fit the context: an error, or the oldest turns are dropped. They are dropped down to
// a low-water mark well below the limit: each truncation changes the prefix, so that all remaining tokens must be computed
// again, and the next truncation should be many turns later. Dropped messages are reported.

import { QuireError } from '../base/errors.ts';
import { checkChoice } from '../base/option-names.ts';
import { answerLimit } from '../completion/sampling-options.ts';

export type ContextPolicy =
  | { readonly kind: 'error' }
  | {
      readonly kind: 'truncate';
      /** share of the context that the prompt may take after truncation; in (0, 1), 0.5 by default */
      readonly lowWater: number;
    };

/** A policy as callers specify it. */
export type ContextPolicyOption =
  | ContextPolicy['kind']
  | Extract<ContextPolicy, { kind: 'error' }>
  | (Partial<Extract<ContextPolicy, { kind: 'truncate' }>> & { readonly kind: 'truncate' });

/** The effect of the policy on a turn. Dropped messages stay in the conversation. */
export interface ContextReport {
  readonly policy: ContextPolicy['kind'];
  /** messages after the system message that are not in the prompt */
  readonly droppedMessages: number;
  /** the messages that this turn dropped, and by how many tokens its prompt became shorter */
  readonly newlyDropped: { readonly messages: number; readonly tokens: number };
  /** the history was computed with another model, whose token ids cannot be reused */
  readonly modelChanged?: { readonly from: string; readonly to: string };
}

/** default share of the context that a prompt takes after truncation */
export const LOW_WATER = 0.5;

/** Returns the complete policy for `error`, `truncate` or an object. Throws `bad_option`. */
export function contextPolicy(asked: ContextPolicyOption = 'error'): ContextPolicy {
  const policy: Exclude<ContextPolicyOption, string> = typeof asked === 'string' ? { kind: asked } : asked;
  if (policy.kind === 'error') return { kind: 'error' };
  checkChoice('contextPolicy', policy.kind, ['error', 'truncate']);
  const { lowWater = LOW_WATER } = policy;
  if (!(lowWater > 0 && lowWater < 1))
    throw new QuireError(
      'bad_option',
      `lowWater is ${lowWater}`,
      'use a share of the context above 0 and below 1, such as 0.5',
    );
  return { kind: 'truncate', lowWater };
}

/** Returns the tokens reserved for an answer: the requested limit, at most a quarter of the context. */
export function answerRoom(maxTokens: number | undefined, contextLength: number): number {
  const wanted = answerLimit(maxTokens) ?? Math.floor(contextLength / 8);
  return Math.max(1, Math.min(wanted, Math.floor(contextLength / 4)));
}

/**
 * Returns the smallest number of turns to drop, from `from` to `most`, so that the prompt has at most `target` tokens; `most`
 * if no number suffices.
 * @param tokensWithout returns the length of the prompt without the first `turns` turns; it must decrease
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
