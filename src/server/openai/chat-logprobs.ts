// Log-probabilities as chat completions tell them: each token as text and as bytes, because a token may be a part of
// a character.

import { z } from 'zod';
import type { TokenLogprob, TokenLogprobs } from '../../base/selection.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';

const tokenShape = {
  token: z.string(),
  logprob: z.number(),
  bytes: z.array(z.int().min(0).max(255)),
};

export const chatLogprobsSchema = z.strictObject({
  content: z.array(z.strictObject({ ...tokenShape, top_logprobs: z.array(z.strictObject(tokenShape)) })),
  refusal: z.null(),
});

export function chatLogprobs(
  tokens: readonly TokenLogprobs[],
  tokenizer: Tokenizer,
): z.output<typeof chatLogprobsSchema> {
  const tell = ({ token, logprob }: TokenLogprob) => ({
    token: tokenizer.decodeRaw([token]),
    logprob: finite(logprob),
    bytes: [...tokenBytes(token, tokenizer)],
  });
  const content = tokens.map(({ top, ...chosen }) => ({ ...tell(chosen), top_logprobs: top.map(tell) }));
  return { content, refusal: null };
}

const LEAST = -9999;

/** JSON has no infinity: OpenAI writes -9999 for what is next to impossible. */
export const finite = (logprob: number): number => Math.max(logprob, LEAST);

/** What a token adds to a text; a control token adds its spelling. */
export function tokenBytes(token: number, tokenizer: Tokenizer): Uint8Array {
  return tokenizer.isSpecial(token)
    ? new TextEncoder().encode(tokenizer.decodeRaw([token]))
    : tokenizer.bytes(token);
}
