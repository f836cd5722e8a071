// What POST /v1/completions takes. A prompt goes to the model as it is, without a chat template; strings that look
// like control tokens stay text, and whoever wants the tokens sends ids.

import { z } from 'zod';
import { optional, type ReadRequest, readRequest } from '../../http/bodies/read-body.ts';
import { promptSchema } from '../../http/bodies/token-id-schemas.ts';
import { parameterError } from '../../http/errors/parameter-error.ts';
import { MOST_CHOICES, MOST_PROMPTS } from '../../http/limits.ts';
import { checkStreamOptions, commonShape } from '../openai/common-parameters.ts';
import { COMPLETION_FIELDS } from '../openai/compatibility-fields.ts';

const MOST_LOGPROBS = 20;

export const completionRequestSchema = z.strictObject({
  prompt: promptSchema(MOST_PROMPTS).describe(
    `a text, token ids, or a list of at most ${MOST_PROMPTS} of either`,
  ),
  ...commonShape,
  context_policy: optional(z.literal('error')).describe(
    '"error": a prompt beyond the context is refused, and never cut',
  ),
  logprobs: optional(z.int().min(0).max(MOST_LOGPROBS)).describe(
    `0 to ${MOST_LOGPROBS}: tells the log-probability of each token and of as many of the likeliest`,
  ),
});

export type CompletionRequest = z.output<typeof completionRequestSchema>;
export type Prompt = string | readonly number[];

/** Raises what is wrong with a body, by the name of the parameter. */
export function readCompletionRequest(body: unknown): ReadRequest<CompletionRequest> {
  const read = readRequest(completionRequestSchema, body, COMPLETION_FIELDS);
  const request = read.asked;
  checkStreamOptions(request);
  const answers = promptsOf(request).length * (request.n ?? 1);
  if (answers > MOST_CHOICES) {
    const what = `the request asks for ${answers} answers and ${MOST_CHOICES} are allowed`;
    throw parameterError('bad_option', 'n', what, 'ask for fewer at once');
  }
  return read;
}

export function promptsOf({ prompt }: CompletionRequest): readonly Prompt[] {
  if (typeof prompt === 'string') return [prompt];
  return typeof prompt[0] === 'number' ? [prompt as number[]] : (prompt as readonly Prompt[]);
}
