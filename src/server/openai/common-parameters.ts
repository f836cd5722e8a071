// The parameters that chat and text completions share, under the names of OpenAI and vLLM, and what they are called
// inside. Ranges are those of docs/sampling.md.

import { z } from 'zod';
import type { RequestOptions } from '../../base/completer.ts';
import type { EngineInfo } from '../../engine/engine.ts';
import { LONGEST_SALT, MOST_BIASES, MOST_CHOICES, MOST_STOPS } from '../limits.ts';
import { ParameterError } from '../parameter-error.ts';
import { optional } from '../request-body.ts';

const bias = z.number().min(-100).max(100);
const biases = z
  .record(z.string().regex(/^\d{1,10}$/), bias)
  .refine((given) => Object.keys(given).length <= MOST_BIASES, `more than ${MOST_BIASES} biases`);

const stopText = z.string().min(1);
const streamOptions = z.strictObject({ include_usage: optional(z.boolean()) });

export const commonShape = {
  model: optional(z.string()).describe('a name of /v1/models; the only model when absent'),
  stream: optional(z.boolean()).describe('true for server-sent events'),
  stream_options: optional(streamOptions).describe('{"include_usage": true}, with "stream"'),
  n: optional(z.int().min(1).max(MOST_CHOICES)).describe(`how many answers, 1 to ${MOST_CHOICES}`),
  temperature: optional(z.number().min(0).max(100)).describe('0 to 100; 0 always takes the likeliest token'),
  top_p: optional(z.number().gt(0).max(1)).describe('a number above 0 and up to 1'),
  top_k: optional(z.int().min(0)).describe('a whole number from 0; 0 keeps all tokens'),
  min_p: optional(z.number().min(0).max(1)).describe('a number from 0 to 1; 0 keeps all tokens'),
  repetition_penalty: optional(z.number().gt(0).max(10)).describe(
    'a number above 0 and up to 10; 1 does nothing',
  ),
  presence_penalty: optional(z.number().min(-2).max(2)).describe('a number from -2 to 2'),
  frequency_penalty: optional(z.number().min(-2).max(2)).describe('a number from -2 to 2'),
  logit_bias: optional(biases).describe('biases from -100 to 100 by token id, for example {"42": -5}'),
  seed: optional(z.int().min(0)).describe('a whole number from 0 to 9007199254740991'),
  stop: optional(z.union([stopText, z.array(stopText).max(MOST_STOPS)])).describe(
    `a text or at most ${MOST_STOPS} texts, none of them empty`,
  ),
  max_tokens: optional(z.int().min(0)).describe('a whole number from 0; what the context leaves when absent'),
  cache_salt: optional(z.string().min(1).max(LONGEST_SALT)).describe(
    `a text of at most ${LONGEST_SALT} characters; different salts share no cache`,
  ),
  priority: optional(z.int()).describe(
    'a whole number, higher is sooner, where the server schedules by priority',
  ),
  cache_report: optional(z.boolean()).describe('true to be told what the cache found, and why not more'),
  user: optional(z.string().max(256)).describe("a name of the caller's own, for the server's log"),
};

const commonSchema = z.object(commonShape);
export type CommonParameters = z.output<typeof commonSchema>;

/** Sampling and scheduling as the engine takes them. Raises `bad_option` for a priority that would be ignored. */
export function requestOptions(given: CommonParameters, info: EngineInfo): RequestOptions {
  if (given.priority !== undefined && given.priority !== 0 && info.scheduling !== 'priority') {
    const hint = 'leave it out, or start the server with --scheduling priority';
    throw new ParameterError(
      'bad_option',
      'priority',
      '"priority" would be ignored: who came first is first',
      hint,
    );
  }
  return defined({
    maxTokens: given.max_tokens,
    temperature: given.temperature,
    topK: given.top_k,
    topP: given.top_p,
    minP: given.min_p,
    repetitionPenalty: given.repetition_penalty,
    presencePenalty: given.presence_penalty,
    frequencyPenalty: given.frequency_penalty,
    logitBias: given.logit_bias,
    seed: given.seed,
    stop: typeof given.stop === 'string' ? [given.stop] : given.stop,
    priority: given.priority,
  });
}

/** Raises `bad_option` for options of a stream where there is none. */
export function checkStreamOptions({ stream, stream_options }: CommonParameters): void {
  if (stream_options === undefined || stream === true) return;
  const what = '"stream_options" came without "stream"';
  throw new ParameterError('bad_option', 'stream_options', what, 'send "stream": true, or leave it out');
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
