// The parameters that chat and text completions share, named as in the APIs of OpenAI and vLLM, and their conversion to request
// options. docs/sampling.md documents the ranges.

import { z } from 'zod';
import { omitUndefined } from '../../../base/omit-undefined.ts';
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

// Chat and text completions have different parameters for log-probabilities.
type SamplingName = Exclude<SamplingOptionName, 'logprobs'>;
const SAMPLING_NAMES = SAMPLING_OPTION_NAMES.filter((name): name is SamplingName => name !== 'logprobs');

type Optional<Value> = ReturnType<typeof optional<z.ZodType<Value>>>;
type SamplingShape = {
  readonly [Name in SamplingName as (typeof SAMPLING_OPTIONS)[Name]['wire']]: Optional<
    NonNullable<SamplingOptions[Name]>
  >;
};

/** The schemas of the sampling options by HTTP parameter name. */
const samplingShape = Object.fromEntries(
  SAMPLING_NAMES.map((name) => [
    samplingOption(name).wire,
    optional(SAMPLING_SCHEMAS[name] as z.ZodType).describe(describeOption(name)),
  ]),
) as unknown as SamplingShape;

const streamOptionsSchema = z.strictObject({ include_usage: optional(z.boolean()) });

export const modelParameter = optional(z.string()).describe(
  'a model name that /v1/models lists; by default the default model',
);

export const commonShape = {
  model: modelParameter,
  adapter: optional(z.string().min(1).max(128)).describe(
    'the name of a LoRA adapter of the model; the model name MODEL:ADAPTER selects it too',
  ),
  stream: optional(z.boolean()).describe('true for server-sent events'),
  stream_options: optional(streamOptionsSchema).describe('{"include_usage": true}; requires "stream"'),
  n: optional(z.int().min(1).max(MAX_CHOICES)).describe(`number of choices, 1 to ${MAX_CHOICES}`),
  ...samplingShape,
  cache_salt: optional(z.string().min(1).max(MAX_SALT_LENGTH)).describe(
    `a text of at most ${MAX_SALT_LENGTH} characters; requests with different salts do not share cached prefixes`,
  ),
  priority: optional(z.int().min(-MAX_PRIORITY).max(MAX_PRIORITY)).describe(
    `from -${MAX_PRIORITY} to ${MAX_PRIORITY}, requests with a higher priority run first; requires --scheduling priority`,
  ),
  cache_report: optional(z.boolean()).describe(
    'true to return the number of cached prompt tokens, and the reason why no more were cached',
  ),
  user: optional(z.string().max(256)).describe('a user name for the log of the server'),
};

const commonSchema = z.object(commonShape);
export type CommonParameters = z.output<typeof commonSchema>;

/** Throws `bad_option` for a priority without effect. */
export function checkPriority(priority: number | undefined, { scheduling }: ModelInfo): void {
  if (priority === undefined || priority === 0 || scheduling === 'priority') return;
  const message = '"priority" has no effect with first-come scheduling';
  const hint = 'omit it, or start the server with --scheduling priority';
  throw parameterError('bad_option', 'priority', message, hint);
}

/** Returns the sampling and scheduling options for the engine. Throws `bad_option` for a priority without effect. */
export function requestOptions(parameters: CommonParameters, info: ModelInfo): RequestOptions {
  checkPriority(parameters.priority, info);
  const sampling = SAMPLING_NAMES.map((name) => [
    name,
    parameters[samplingOption(name).wire as keyof SamplingShape],
  ]);
  return omitUndefined({ ...Object.fromEntries(sampling), priority: parameters.priority });
}

/** Throws `bad_option` for stream options without a stream. */
export function checkStreamOptions({ stream, stream_options }: CommonParameters): void {
  if (stream_options?.include_usage !== true || stream === true) return;
  const message = '"stream_options" requires "stream"';
  throw parameterError(
    'bad_option',
    'stream_options',
    message,
    'send "stream": true, or omit "stream_options"',
  );
}
