// The parameters of POST /v1/completions. The chat template is not applied to a prompt. Strings that look like control tokens are
// encoded as text; clients that need control tokens send token ids.

import { z } from 'zod';
import { optional, type ParsedRequest, readRequest } from '../../http/bodies/read-body.ts';
import { promptSchema } from '../../http/bodies/token-id-schemas.ts';
import { parameterError } from '../../http/errors/parameter-error.ts';
import { MAX_CHOICES, MAX_PROMPTS } from '../../http/limits.ts';
import { checkStreamOptions, commonShape } from '../openai/common-parameters.ts';
import { COMPLETION_FIELDS } from '../openai/compatibility-fields.ts';

const MAX_LOGPROBS = 20;

export const completionRequestSchema = z.strictObject({
  prompt: promptSchema(MAX_PROMPTS).describe(
    `a text, a list of token ids, or a list of at most ${MAX_PROMPTS} texts or token id lists`,
  ),
  ...commonShape,
  context_policy: optional(z.literal('error')).describe(
    '"error": reject a prompt beyond the context; prompts are never truncated',
  ),
  logprobs: optional(z.int().min(0).max(MAX_LOGPROBS)).describe(
    `0 to ${MAX_LOGPROBS}: return the log-probability of each token and of this many of the most likely tokens`,
  ),
});

export type CompletionParameters = z.output<typeof completionRequestSchema>;
export type Prompt = string | readonly number[];

/** Reads the body of a request. Throws an error that names the invalid parameter. */
export function readCompletionRequest(body: unknown): ParsedRequest<CompletionParameters> {
  const parsed = readRequest(completionRequestSchema, body, COMPLETION_FIELDS);
  const { parameters } = parsed;
  checkStreamOptions(parameters);
  const count = promptsOf(parameters).length * (parameters.n ?? 1);
  if (count > MAX_CHOICES) {
    const message = `the request needs ${count} choices, but at most ${MAX_CHOICES} are allowed`;
    throw parameterError('bad_option', 'n', message, 'lower "n" or send fewer prompts');
  }
  return parsed;
}

export function promptsOf({ prompt }: CompletionParameters): readonly Prompt[] {
  if (typeof prompt === 'string') return [prompt];
  return typeof prompt[0] === 'number' ? [prompt as number[]] : (prompt as readonly Prompt[]);
}
