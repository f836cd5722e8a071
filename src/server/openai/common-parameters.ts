// The parameters that chat and text completions share, under the names of OpenAI and vLLM, and what they are called
// inside. Ranges are those of docs/sampling.md.

import { z } from 'zod';
import type { RequestOptions } from '../../base/completer.ts';
import {
  HIGHEST_PRIORITY,
  MOST_BAD_WORDS,
  MOST_STOP_TOKENS,
  MOST_STOPS,
  type NumberOptionName,
} from '../../base/sampling-options.ts';
import type { EngineInfo } from '../../engine/engine.ts';
import { LONGEST_SALT, MOST_CHOICES } from '../limits.ts';
import { ParameterError } from '../parameter-error.ts';
import { optional } from '../request-body.ts';
import {
  badWordsSchema,
  biasRecordSchema,
  describeNumber,
  numberSchema,
  stopSchema,
  stopTokensSchema,
} from '../sampling-schemas.ts';

const sampled = (name: NumberOptionName) => optional(numberSchema(name)).describe(describeNumber(name));

const streamOptions = z.strictObject({ include_usage: optional(z.boolean()) });

export const commonShape = {
  model: optional(z.string()).describe('a name of /v1/models; the only model when absent'),
  stream: optional(z.boolean()).describe('true for server-sent events'),
  stream_options: optional(streamOptions).describe('{"include_usage": true}, with "stream"'),
  n: optional(z.int().min(1).max(MOST_CHOICES)).describe(`how many answers, 1 to ${MOST_CHOICES}`),
  temperature: sampled('temperature'),
  top_p: sampled('topP'),
  top_k: sampled('topK'),
  min_p: sampled('minP'),
  typical_p: sampled('typicalP'),
  repetition_penalty: sampled('repetitionPenalty'),
  presence_penalty: sampled('presencePenalty'),
  frequency_penalty: sampled('frequencyPenalty'),
  logit_bias: optional(biasRecordSchema).describe(
    'biases from -100 to 100 by token id, for example {"42": -5}',
  ),
  seed: sampled('seed'),
  stop: optional(stopSchema).describe(`a text or at most ${MOST_STOPS} texts, none of them empty`),
  stop_token_ids: optional(stopTokensSchema).describe(
    `at most ${MOST_STOP_TOKENS} token ids that end an answer, besides the model's own`,
  ),
  bad_words: optional(badWordsSchema).describe(`at most ${MOST_BAD_WORDS} texts that must not come up`),
  max_tokens: sampled('maxTokens'),
  min_tokens: sampled('minTokens'),
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
    typicalP: given.typical_p,
    repetitionPenalty: given.repetition_penalty,
    presencePenalty: given.presence_penalty,
    frequencyPenalty: given.frequency_penalty,
    logitBias: given.logit_bias,
    seed: given.seed,
    stop: given.stop,
    stopTokens: given.stop_token_ids,
    badWords: given.bad_words,
    minTokens: given.min_tokens,
    priority: given.priority,
  });
}

/** Raises `bad_option` for options of a stream where there is none. */
export function checkStreamOptions({ stream, stream_options }: CommonParameters): void {
  if (stream_options?.include_usage !== true || stream === true) return;
  const what = '"stream_options" came without "stream"';
  throw new ParameterError('bad_option', 'stream_options', what, 'send "stream": true, or leave it out');
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
