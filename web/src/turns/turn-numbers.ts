// Computes the numbers of a turn's report. Example: a prompt of 77 tokens, 62 of them cached, and an answer of 21 tokens.
// Prefill computes 15 tokens and decode 20 (the last token is sampled but not computed), 35 in total. Without a cache, each
// of the 21 steps computes all tokens so far: 77 + 78 + ... + 97 = 1,827.

import type { Usage } from '../api/chat-protocol.ts';
import type { Turn } from '../state/turn.ts';

export interface TurnNumbers {
  readonly prompt: number;
  readonly cached: number;
  readonly computed: number;
  /** computed tokens of the prompt */
  readonly prefill: number;
  /** computed tokens of the answer */
  readonly decode: number;
  /** tokens that the turn would have computed without a cache; undefined if it had no cache */
  readonly uncached: number | undefined;
}

export function turnNumbers(usage: Usage): TurnNumbers {
  const { promptTokens: prompt, cachedTokens: cached, computedTokens: computed, generatedTokens } = usage;
  // A turn that was stopped during prefill has computed only a part of the prompt.
  const prefill = Math.min(prompt - cached, computed);
  const uncached = generatedTokens * prompt + (generatedTokens * (generatedTokens - 1)) / 2;
  return {
    prompt,
    cached,
    computed,
    prefill,
    decode: computed - prefill,
    uncached: uncached > computed ? uncached : undefined,
  };
}

const MIN_SCALE = 64;

/** Returns the number of tokens that the full width of the bars represents: that of the longest turn. */
export function reportScale(turns: readonly Turn[]): number {
  const totals = turns.map(({ usage }) => (usage ? usage.promptTokens + usage.generatedTokens : 0));
  return Math.max(MIN_SCALE, ...totals);
}
