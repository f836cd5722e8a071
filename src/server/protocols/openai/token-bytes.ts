// Tokens and log-probabilities as values that JSON can represent.

import type { TokenText } from '../../../completion/token-text.ts';

const MIN_LOGPROB = -9999;

/** JSON has no infinity; OpenAI's API returns -9999 in its place. */
export const finite = (logprob: number): number => Math.max(logprob, MIN_LOGPROB);

/** Returns the bytes that a token adds to a text; for a control token those of its string. */
export function tokenBytes(token: number, tokenizer: TokenText): Uint8Array {
  return tokenizer.isSpecial(token)
    ? new TextEncoder().encode(tokenizer.decodeRaw([token]))
    : tokenizer.bytes(token);
}
