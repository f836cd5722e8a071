// Formats log-probabilities for chat completions. Each token is included as text and as bytes, because a token may be only a part
// of a character.

import { z } from 'zod';
import type { TokenLogprob, TokenLogprobs } from '../../../base/step/selection.ts';
import type { TokenText } from '../../../completion/token-text.ts';
import { finiteLogprob, tokenBytes } from '../openai/token-bytes.ts';

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
  tokenizer: TokenText,
): z.output<typeof chatLogprobsSchema> {
  const entry = ({ token, logprob }: TokenLogprob) => ({
    token: tokenizer.decodeRaw([token]),
    logprob: finiteLogprob(logprob),
    bytes: [...tokenBytes(token, tokenizer)],
  });
  const content = tokens.map(({ top, ...chosen }) => ({ ...entry(chosen), top_logprobs: top.map(entry) }));
  return { content, refusal: null };
}
