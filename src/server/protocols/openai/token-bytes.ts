// Tokens and their log-probabilities in what JSON can carry.

import type { TokenText } from '../../../completion/token-text.ts';

const LEAST = -9999;

/** JSON has no infinity: OpenAI writes -9999 for what is next to impossible. */
export const finite = (logprob: number): number => Math.max(logprob, LEAST);

/** What a token adds to a text; a control token adds its spelling. */
export function tokenBytes(token: number, tokenizer: TokenText): Uint8Array {
  return tokenizer.isSpecial(token)
    ? new TextEncoder().encode(tokenizer.decodeRaw([token]))
    : tokenizer.bytes(token);
}
