// What POST /v1/chat/completions takes.

import { z } from 'zod';
import { optional, type ReadRequest } from '../../http/bodies/read-body.ts';
import { SAMPLING_SCHEMAS } from '../../http/bodies/sampling-schemas.ts';
import { parameterError } from '../../http/errors/parameter-error.ts';
import { checkStreamOptions, commonShape } from '../openai/common-parameters.ts';
import { CHAT_FIELDS } from '../openai/compatibility-fields.ts';
import { messagesSchema, readWithMessages } from '../openai/messages.ts';

const MOST_TOP_LOGPROBS = 20;

export const chatRequestSchema = z.strictObject({
  messages: messagesSchema,
  ...commonShape,
  max_completion_tokens: optional(SAMPLING_SCHEMAS.maxTokens).describe('the same as "max_tokens"'),
  context_policy: optional(z.enum(['error', 'truncate'])).describe(
    '"error": messages beyond the context are refused; "truncate": the oldest turns are left out, and told',
  ),
  logprobs: optional(z.boolean()).describe('true to be told the log-probability of each token'),
  top_logprobs: optional(z.int().min(0).max(MOST_TOP_LOGPROBS)).describe(
    `0 to ${MOST_TOP_LOGPROBS}, with "logprobs": how many of the likeliest tokens are told too`,
  ),
});

export type ChatRequest = z.output<typeof chatRequestSchema>;

/** Raises what is wrong with a body, by the name of the parameter. */
export function readChatRequest(body: unknown): ReadRequest<ChatRequest> {
  const { asked, ignored } = readWithMessages(chatRequestSchema, body, CHAT_FIELDS);
  checkStreamOptions(asked);
  if ((asked.top_logprobs ?? 0) > 0 && asked.logprobs !== true) {
    const what = '"top_logprobs" came without "logprobs"';
    throw parameterError('bad_option', 'top_logprobs', what, 'send "logprobs": true, or leave it out');
  }
  return { asked: { ...asked, max_tokens: oneLength(asked) }, ignored };
}

function oneLength({ max_tokens, max_completion_tokens }: ChatRequest): number | undefined {
  if (
    max_tokens === undefined ||
    max_completion_tokens === undefined ||
    max_tokens === max_completion_tokens
  ) {
    return max_completion_tokens ?? max_tokens;
  }
  const what = `"max_completion_tokens" is ${max_completion_tokens} and "max_tokens" ${max_tokens}`;
  throw parameterError('bad_option', 'max_completion_tokens', what, 'send one of them: they mean the same');
}
