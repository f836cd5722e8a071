// The arithmetic behind a turn's report. Example: a prompt of 77 tokens of which 62 are cached, an answer of
// 21. Reading computes 15, writing 20 (the last token is sampled and not computed), 35 in all. Without a cache
// each of the 21 steps computes everything so far: 77 + 78 + ... + 97 = 1,827.

import type { Usage } from '../api/chat-protocol.ts';
import type { Turn } from '../state/turn.ts';

export interface TurnNumbers {
  readonly prompt: number;
  readonly cached: number;
  readonly computed: number;
  /** of the computed ones, those that read the prompt */
  readonly prefill: number;
  /** of the computed ones, those of the steps that wrote */
  readonly decode: number;
  /** what the turn would have computed without a cache; undefined when it had none */
  readonly plain: number | undefined;
}

export function turnNumbers(usage: Usage): TurnNumbers {
  const { promptTokens: prompt, cachedTokens: cached, computedTokens: computed, generatedTokens } = usage;
  // A turn that was stopped while reading has computed less than the prompt.
  const prefill = Math.min(prompt - cached, computed);
  const plain = generatedTokens * prompt + (generatedTokens * (generatedTokens - 1)) / 2;
  return {
    prompt,
    cached,
    computed,
    prefill,
    decode: computed - prefill,
    plain: plain > computed ? plain : undefined,
  };
}

const SHORTEST_SCALE = 64;

/** Tokens that the full width of the strips stands for: the longest turn, so that it grows only forwards. */
export function reportScale(turns: readonly Turn[]): number {
  const totals = turns.map(({ usage }) => (usage ? usage.promptTokens + usage.generatedTokens : 0));
  return Math.max(SHORTEST_SCALE, ...totals);
}
