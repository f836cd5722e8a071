// The parameters that chat and text completions share, under the names of OpenAI and vLLM, and their translation to request
// options. docs/sampling.md documents the ranges.

import { z } from 'zod';
import { defined } from '../../../base/defined.ts';
import type { ModelInfo } from '../../../completion/model-info.ts';
import { MAX_PRIORITY } from '../../../completion/option-ranges.ts';
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
import { MAX_CHOICES, MAX_SALT_LENGTH } from '../../http/limits.ts';

// Each of the two routes has its own parameters for log-probabilities.
type SamplingName = Exclude<SamplingOptionName, 'logprobs'>;
const SAMPLING_NAMES = SAMPLING_OPTION_NAMES.filter((name): name is SamplingName => name !== 'logprobs');

type Optional<Value> = ReturnType<typeof optional<z.ZodType<Value>>>;
type SamplingShape = {
  readonly [Name in SamplingName as (typeof SAMPLING_OPTIONS)[Name]['wire']]: Optional<
    NonNullable<SamplingOptions[Name]>
  >;
};

/** The sampling options under their wire names. */
const samplingShape = Object.fromEntries(
  SAMPLING_NAMES.map((name) => [
    samplingOption(name).wire,
    optional(SAMPLING_SCHEMAS[name] as z.ZodType).describe(describeOption(name)),
  ]),
) as unknown as SamplingShape;

const streamOptions = z.strictObject({ include_usage: optional(z.boolean()) });

export const modelParameter = optional(z.string()).describe(
  'a model name of /v1/models; the default model when absent',
);

export const commonShape = {
  model: modelParameter,
  stream: optional(z.boolean()).describe('true for server-sent events'),
  stream_options: optional(streamOptions).describe('{"include_usage": true}, with "stream"'),
  n: optional(z.int().min(1).max(MAX_CHOICES)).describe(`number of choices, 1 to ${MAX_CHOICES}`),
  ...samplingShape,
  cache_salt: optional(z.string().min(1).max(MAX_SALT_LENGTH)).describe(
    `a text of at most ${MAX_SALT_LENGTH} characters; requests with different salts share no cached prefix`,
  ),
  priority: optional(z.int().min(-MAX_PRIORITY).max(MAX_PRIORITY)).describe(
    `from -${MAX_PRIORITY} to ${MAX_PRIORITY}, higher runs sooner; requires --scheduling priority`,
  ),
  cache_report: optional(z.boolean()).describe(
    'true to return how many prompt tokens were cached, and why not more',
  ),
  user: optional(z.string().max(256)).describe('a name for the log of the server'),
};

const commonSchema = z.object(commonShape);
export type CommonParameters = z.output<typeof commonSchema>;

/** Returns the sampling and scheduling options for the engine. Throws `bad_option` for a priority that would be ignored. */
export function requestOptions(parameters: CommonParameters, info: ModelInfo): RequestOptions {
  if (parameters.priority !== undefined && parameters.priority !== 0 && info.scheduling !== 'priority') {
    const hint = 'omit it, or start the server with --scheduling priority';
    throw parameterError(
      'bad_option',
      'priority',
      '"priority" has no effect with first-come scheduling',
      hint,
    );
  }
  const sampling = SAMPLING_NAMES.map((name) => [
    name,
    parameters[samplingOption(name).wire as keyof SamplingShape],
  ]);
  return defined({ ...Object.fromEntries(sampling), priority: parameters.priority });
}

/** Throws `bad_option` for stream options without a stream. */
export function checkStreamOptions({ stream, stream_options }: CommonParameters): void {
  if (stream_options?.include_usage !== true || stream === true) return;
  const what = '"stream_options" requires "stream"';
  throw parameterError('bad_option', 'stream_options', what, 'send "stream": true, or omit "stream_options"');
}
