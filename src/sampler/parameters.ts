// What a caller may ask of the sampler, checked once at the edge: a value out of range is an error that names
// the option and the range, never something that is silently clamped.

import type { SamplingOptions } from '../base/completer.ts';
import { QuireError } from '../base/errors.ts';
import type { GenerationDefaults } from '../base/model-file.ts';
import {
  above,
  between,
  checkRange,
  type Range,
  texts,
  tokenBiases,
  tokenIds,
  tokenSequences,
  whole,
} from './option-checks.ts';

export interface SamplingParameters {
  /** undefined: as many as the context leaves */
  readonly maxTokens: number | undefined;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly typicalP: number;
  readonly repetitionPenalty: number;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  /** by token id */
  readonly logitBias: ReadonlyMap<number, number>;
  readonly minTokens: number;
  readonly badWords: readonly string[];
  /** none of them empty */
  readonly badTokens: readonly (readonly number[])[];
  readonly seed: number;
  readonly stop: readonly string[];
  readonly stopTokens: ReadonlySet<number>;
  /** how many of the likeliest are reported beside each token; undefined: no log-probabilities */
  readonly logprobs: number | undefined;
}

const RANGES = {
  maxTokens: whole(0),
  temperature: between(0, 100),
  topK: whole(0),
  topP: above(0, 1),
  minP: between(0, 1),
  typicalP: above(0, 1),
  repetitionPenalty: above(0, 10),
  presencePenalty: between(-2, 2),
  frequencyPenalty: between(-2, 2),
  minTokens: whole(0),
  seed: whole(0),
  logprobs: whole(0, 20),
} as const satisfies Partial<Record<keyof SamplingOptions, Range>>;

const LISTS = [
  'logitBias',
  'badWords',
  'badTokens',
  'stop',
  'stopTokens',
] as const satisfies readonly Exclude<keyof SamplingOptions, keyof typeof RANGES>[];

/** The options that `samplingParameters` reads. */
export const SAMPLING_OPTIONS: readonly string[] = [...Object.keys(RANGES), ...LISTS];

/**
 * Options with defaults filled in: the caller's, else the checkpoint's, else plain sampling.
 * Raises `bad_option`. A seed is drawn when none is given; it is reported, so that any answer can be repeated.
 */
export function samplingParameters(
  options: SamplingOptions,
  defaults: GenerationDefaults = {},
): SamplingParameters {
  for (const [name, range] of Object.entries(RANGES)) {
    checkRange(name, options[name as keyof typeof RANGES], range);
  }
  checkLength(options);
  return {
    maxTokens: options.maxTokens,
    temperature: options.temperature ?? defaults.temperature ?? 1,
    topK: options.topK ?? defaults.topK ?? 0,
    topP: options.topP ?? defaults.topP ?? 1,
    minP: options.minP ?? defaults.minP ?? 0,
    typicalP: options.typicalP ?? defaults.typicalP ?? 1,
    repetitionPenalty: options.repetitionPenalty ?? defaults.repetitionPenalty ?? 1,
    presencePenalty: options.presencePenalty ?? 0,
    frequencyPenalty: options.frequencyPenalty ?? 0,
    logitBias: tokenBiases('logitBias', options.logitBias),
    minTokens: options.minTokens ?? 0,
    badWords: texts('badWords', options.badWords),
    badTokens: tokenSequences('badTokens', options.badTokens),
    seed: options.seed ?? randomSeed(),
    stop: texts('stop', options.stop),
    stopTokens: new Set(tokenIds('stopTokens', options.stopTokens)),
    logprobs: options.logprobs,
  };
}

export const randomSeed = (): number => Math.floor(Math.random() * 2 ** 32);

function checkLength({ minTokens = 0, maxTokens = Number.POSITIVE_INFINITY }: SamplingOptions): void {
  if (minTokens <= maxTokens) return;
  const what = `minTokens is ${minTokens} and maxTokens ${maxTokens}`;
  throw new QuireError('bad_option', what, 'it takes at most maxTokens');
}
