// The parameters of POST /v1/completions. A prompt is not rendered through the chat template. Strings that look like control
// tokens are encoded as text; clients that need the tokens send ids.

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
    `a text, token ids, or a list of at most ${MAX_PROMPTS} of either`,
  ),
  ...commonShape,
  context_policy: optional(z.literal('error')).describe(
    '"error": reject a prompt beyond the context; prompts are never truncated',
  ),
  logprobs: optional(z.int().min(0).max(MAX_LOGPROBS)).describe(
    `0 to ${MAX_LOGPROBS}: return the log-probability of each token and of this many of the likeliest`,
  ),
});

export type CompletionParameters = z.output<typeof completionRequestSchema>;
export type Prompt = string | readonly number[];

/** Throws an error with the parameter at fault. */
export function readCompletionRequest(body: unknown): ParsedRequest<CompletionParameters> {
  const parsed = readRequest(completionRequestSchema, body, COMPLETION_FIELDS);
  const { parameters } = parsed;
  checkStreamOptions(parameters);
  const count = promptsOf(parameters).length * (parameters.n ?? 1);
  if (count > MAX_CHOICES) {
    const what = `the request needs ${count} choices, but at most ${MAX_CHOICES} are allowed`;
    throw parameterError('bad_option', 'n', what, 'lower "n" or send fewer prompts');
  }
  return parsed;
}

export function promptsOf({ prompt }: CompletionParameters): readonly Prompt[] {
  if (typeof prompt === 'string') return [prompt];
  return typeof prompt[0] === 'number' ? [prompt as number[]] : (prompt as readonly Prompt[]);
}
