// The parameters of POST /v1/chat/completions.

import { z } from 'zod';
import { optional, type ParsedRequest } from '../../http/bodies/read-body.ts';
import { SAMPLING_SCHEMAS } from '../../http/bodies/sampling-schemas.ts';
import { parameterError } from '../../http/errors/parameter-error.ts';
import { checkStreamOptions, commonShape } from '../openai/common-parameters.ts';
import { CHAT_FIELDS } from '../openai/compatibility-fields.ts';
import { messagesSchema, readWithMessages } from '../openai/messages.ts';

const MAX_TOP_LOGPROBS = 20;

export const chatRequestSchema = z.strictObject({
  messages: messagesSchema,
  ...commonShape,
  max_completion_tokens: optional(SAMPLING_SCHEMAS.maxTokens).describe('the same as "max_tokens"'),
  context_policy: optional(z.enum(['error', 'truncate'])).describe(
    '"error": reject messages beyond the context; "truncate": drop and report the oldest turns',
  ),
  logprobs: optional(z.boolean()).describe('true to return the log-probability of each token'),
  top_logprobs: optional(z.int().min(0).max(MAX_TOP_LOGPROBS)).describe(
    `0 to ${MAX_TOP_LOGPROBS}: also return this many of the most likely tokens; requires "logprobs"`,
  ),
});

export type ChatParameters = z.output<typeof chatRequestSchema>;

/** Reads the body of a request. Throws an error that names the invalid parameter. */
export function readChatRequest(body: unknown): ParsedRequest<ChatParameters> {
  const { parameters, ignored } = readWithMessages(chatRequestSchema, body, CHAT_FIELDS);
  checkStreamOptions(parameters);
  if ((parameters.top_logprobs ?? 0) > 0 && parameters.logprobs !== true) {
    const hint = 'send "logprobs": true, or omit "top_logprobs"';
    throw parameterError('bad_option', 'top_logprobs', '"top_logprobs" requires "logprobs"', hint);
  }
  return { parameters: { ...parameters, max_tokens: maxTokensOf(parameters) }, ignored };
}

function maxTokensOf({ max_tokens, max_completion_tokens }: ChatParameters): number | undefined {
  if (
    max_tokens === undefined ||
    max_completion_tokens === undefined ||
    max_tokens === max_completion_tokens
  ) {
    return max_completion_tokens ?? max_tokens;
  }
  const message = `"max_completion_tokens" is ${max_completion_tokens}, but "max_tokens" is ${max_tokens}`;
  throw parameterError(
    'bad_option',
    'max_completion_tokens',
    message,
    'send only one of these parameters, which have the same meaning',
  );
}
