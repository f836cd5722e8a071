// The parameters that chat and text completions share, under the names of OpenAI and vLLM, and what they are called
// inside. Ranges are those of docs/sampling.md.

import { z } from 'zod';
import { defined } from '../../../base/defined.ts';
import type { ModelInfo } from '../../../completion/model-info.ts';
import { HIGHEST_PRIORITY } from '../../../completion/option-ranges.ts';
import type { RequestOptions } from '../../../completion/request-options.ts';
import {
  SAMPLING_OPTION_NAMES,
  type SAMPLING_OPTIONS,
  type SamplingOptionName,
  type SamplingOptions,
  samplingOption,
} from '../../../completion/sampling-options.ts';
import { optional } from '../../http/bodies/read-body.ts';
import { describeOption, SAMPLING_SCHEMAS } from '../../http/bodies/sampling-schemas.ts';
import { parameterError } from '../../http/errors/parameter-error.ts';
import { LONGEST_SALT, MOST_CHOICES } from '../../http/limits.ts';

// Log-probabilities are asked for in another way by each of the two routes.
type SampledName = Exclude<SamplingOptionName, 'logprobs'>;
const SAMPLED = SAMPLING_OPTION_NAMES.filter((name): name is SampledName => name !== 'logprobs');

type Optional<Value> = ReturnType<typeof optional<z.ZodType<Value>>>;
type SampledShape = {
  readonly [Name in SampledName as (typeof SAMPLING_OPTIONS)[Name]['wire']]: Optional<
    NonNullable<SamplingOptions[Name]>
  >;
};

/** The sampling options under their names on the wire. */
const sampledShape = Object.fromEntries(
  SAMPLED.map((name) => [
    samplingOption(name).wire,
    optional(SAMPLING_SCHEMAS[name] as z.ZodType).describe(describeOption(name)),
  ]),
) as unknown as SampledShape;

const streamOptions = z.strictObject({ include_usage: optional(z.boolean()) });

export const commonShape = {
  model: optional(z.string()).describe('a name of /v1/models; the only model when absent'),
  stream: optional(z.boolean()).describe('true for server-sent events'),
  stream_options: optional(streamOptions).describe('{"include_usage": true}, with "stream"'),
  n: optional(z.int().min(1).max(MOST_CHOICES)).describe(`how many answers, 1 to ${MOST_CHOICES}`),
  ...sampledShape,
  cache_salt: optional(z.string().min(1).max(LONGEST_SALT)).describe(
    `a text of at most ${LONGEST_SALT} characters; different salts share no cache`,
  ),
  priority: optional(z.int().min(-HIGHEST_PRIORITY).max(HIGHEST_PRIORITY)).describe(
    `from -${HIGHEST_PRIORITY} to ${HIGHEST_PRIORITY}, higher is sooner, where the server schedules by priority`,
  ),
  cache_report: optional(z.boolean()).describe('true to be told what the cache found, and why not more'),
  user: optional(z.string().max(256)).describe("a name of the caller's own, for the server's log"),
};

const commonSchema = z.object(commonShape);
export type CommonParameters = z.output<typeof commonSchema>;

/** Sampling and scheduling as the engine takes them. Raises `bad_option` for a priority that would be ignored. */
export function requestOptions(given: CommonParameters, info: ModelInfo): RequestOptions {
  if (given.priority !== undefined && given.priority !== 0 && info.scheduling !== 'priority') {
    const hint = 'leave it out, or start the server with --scheduling priority';
    throw parameterError(
      'bad_option',
      'priority',
      '"priority" would be ignored: who came first is first',
      hint,
    );
  }
  const sampling = SAMPLED.map((name) => [name, given[samplingOption(name).wire as keyof SampledShape]]);
  return defined({ ...Object.fromEntries(sampling), priority: given.priority });
}

/** Raises `bad_option` for options of a stream where there is none. */
export function checkStreamOptions({ stream, stream_options }: CommonParameters): void {
  if (stream_options?.include_usage !== true || stream === true) return;
  const what = '"stream_options" came without "stream"';
  throw parameterError('bad_option', 'stream_options', what, 'send "stream": true, or leave it out');
}
