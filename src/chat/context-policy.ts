// The context policy: what happens when a conversation does not fit the context. The turn fails, or the oldest turns are
// dropped. After a truncation all remaining tokens must be computed again, because their prefix has changed. So that truncations
// are rare, turns are dropped until the prompt has at most the share `lowWater` of the context. Dropped messages are reported.

import { QuireError } from '../base/errors.ts';
import { checkChoice } from '../base/option-names.ts';
import { answerTokenLimit } from '../completion/sampling-options.ts';

export type ContextPolicy =
  | { readonly kind: 'error' }
  | {
      readonly kind: 'truncate';
      /** share of the context that the prompt may use after truncation; in (0, 1), 0.5 by default */
      readonly lowWater: number;
    };

/** The forms in which callers may specify a policy. */
export type ContextPolicyOption =
  | ContextPolicy['kind']
  | Extract<ContextPolicy, { kind: 'error' }>
  | (Partial<Extract<ContextPolicy, { kind: 'truncate' }>> & { readonly kind: 'truncate' });

/** The effect of the policy on a turn. Dropped messages stay in the conversation. */
export interface ContextReport {
  readonly policy: ContextPolicy['kind'];
  /** messages after the system message that are not in the prompt */
  readonly droppedMessages: number;
  /** the number of messages that this turn dropped, and the number of tokens by which this shortened the prompt */
  readonly newlyDropped: { readonly messages: number; readonly tokens: number };
  /** present if the history was computed with another model, whose token ids cannot be reused */
  readonly modelChanged?: { readonly from: string; readonly to: string };
}

/** default share of the context that the prompt may use after truncation */
export const DEFAULT_LOW_WATER = 0.5;

/** Returns the complete policy for `error`, `truncate` or an object. Throws `bad_option`. */
export function contextPolicy(option: ContextPolicyOption = 'error'): ContextPolicy {
  const policy: Exclude<ContextPolicyOption, string> = typeof option === 'string' ? { kind: option } : option;
  if (policy.kind === 'error') return { kind: 'error' };
  checkChoice('contextPolicy', policy.kind, ['error', 'truncate']);
  const { lowWater = DEFAULT_LOW_WATER } = policy;
  if (!(lowWater > 0 && lowWater < 1))
    throw new QuireError(
      'bad_option',
      `lowWater is ${lowWater}`,
      'use a share of the context above 0 and below 1, such as 0.5',
    );
  return { kind: 'truncate', lowWater };
}

/** Returns the number of tokens to reserve for an answer: the requested limit, but at most a quarter of the context. */
export function tokensForAnswer(maxTokens: number | undefined, contextLength: number): number {
  const requested = answerTokenLimit(maxTokens) ?? Math.floor(contextLength / 8);
  return Math.max(1, Math.min(requested, Math.floor(contextLength / 4)));
}

/**
 * Returns the smallest number of turns, from `min` to `max`, that must be dropped so that the prompt has at most `target` tokens.
 * Returns `max` if no number suffices.
 * @param tokensWithout returns the length of the prompt without the first `turns` turns; must decrease as `turns` increases
 */
export async function turnsToDrop(
  { min, max, target }: { min: number; max: number; target: number },
  tokensWithout: (turns: number) => Promise<number>,
): Promise<number> {
  let minTurns = min;
  let maxTurns = max;
  while (minTurns < maxTurns) {
    const middle = Math.floor((minTurns + maxTurns) / 2);
    if ((await tokensWithout(middle)) <= target) maxTurns = middle;
    else minTurns = middle + 1;
  }
  return minTurns;
}
