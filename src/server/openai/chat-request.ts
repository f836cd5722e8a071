// What POST /v1/chat/completions takes.

import { z } from 'zod';
import { ParameterError } from '../parameter-error.ts';
import { optional, readBody } from '../request-body.ts';
import { checkStreamOptions, commonShape } from './common-parameters.ts';
import { messagesSchema, refuseInMessages } from './messages.ts';
import { REFUSED_IN_CHAT } from './refused-names.ts';

const MOST_TOP_LOGPROBS = 20;

// Some parameters are known for what they may be elsewhere: here they take the value that describes what happens.
export const chatRequestSchema = z.strictObject({
  messages: messagesSchema,
  ...commonShape,
  max_completion_tokens: optional(z.int().min(0)).describe('the same as "max_tokens"'),
  context_policy: optional(z.enum(['error', 'truncate'])).describe(
    '"error": messages beyond the context are refused; "truncate": the oldest turns are left out, and told',
  ),
  logprobs: optional(z.boolean()).describe('true to be told the log-probability of each token'),
  top_logprobs: optional(z.int().min(0).max(MOST_TOP_LOGPROBS)).describe(
    `0 to ${MOST_TOP_LOGPROBS}, with "logprobs": how many of the likeliest tokens are told too`,
  ),
  response_format: optional(z.strictObject({ type: z.literal('text') })).describe(
    '{"type": "text"}: structured output is not offered yet',
  ),
  modalities: optional(z.tuple([z.literal('text')])).describe('["text"]'),
  store: optional(z.literal(false)).describe('false: nothing is stored'),
  service_tier: optional(z.enum(['auto', 'default'])).describe('"auto" or "default": there is one tier'),
});

export type ChatRequest = z.output<typeof chatRequestSchema>;

/** Raises what is wrong with a body, by the name of the parameter. */
export function readChatRequest(body: unknown): ChatRequest {
  const given = typeof body === 'object' && body !== null && 'messages' in body ? body.messages : undefined;
  const refused = refuseInMessages(given);
  if (typeof body === 'object' && body !== null && 'response_format' in body)
    refuseFormat(body.response_format);
  const request = readBody(
    chatRequestSchema,
    given === undefined ? body : { ...(body as object), messages: refused },
    REFUSED_IN_CHAT,
  );
  checkStreamOptions(request);
  if (request.top_logprobs !== undefined && request.logprobs !== true) {
    const what = '"top_logprobs" came without "logprobs"';
    throw new ParameterError('bad_option', 'top_logprobs', what, 'send "logprobs": true, or leave it out');
  }
  return { ...request, max_tokens: oneLength(request) };
}

function refuseFormat(format: unknown): void {
  const type: unknown =
    typeof format === 'object' && format !== null && 'type' in format ? format.type : undefined;
  if (typeof type !== 'string' || type === 'text') return;
  const what = `the response format ${JSON.stringify(type.slice(0, 64))} is not offered`;
  throw new ParameterError(
    'not_supported',
    'response_format',
    what,
    'leave it out: structured output is not offered yet',
  );
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
  throw new ParameterError(
    'bad_option',
    'max_completion_tokens',
    what,
    'send one of them: they mean the same',
  );
}
