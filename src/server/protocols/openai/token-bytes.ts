// Converts tokens and log-probabilities to values that JSON can represent.

import type { TokenText } from '../../../completion/token-text.ts';

const MIN_LOGPROB = -9999;

/** Replaces -Infinity, which JSON cannot represent, with -9999, as OpenAI's API does. */
export const finiteLogprob = (logprob: number): number => Math.max(logprob, MIN_LOGPROB);

/** Returns the bytes that a token adds to a text; for a control token, the bytes of its string. */
export function tokenBytes(token: number, tokenizer: TokenText): Uint8Array {
  return tokenizer.isSpecial(token)
    ? new TextEncoder().encode(tokenizer.decodeRaw([token]))
    : tokenizer.bytes(token);
}
