// What a caller may ask of the sampler, checked once at the edge: a value out of range is an error that names
// the option and the range, never something that is silently clamped.

import type { SamplingOptions } from '../base/completer.ts';
import { QuireError } from '../base/errors.ts';
import type { GenerationDefaults } from '../base/model-file.ts';
import {
  answerLimit,
  NUMBER_OPTIONS,
  type NumberOptionName,
  numberOption,
  rangeOf,
  takesNumber,
} from '../base/sampling-options.ts';
import { badTokens, badWords, checkNumber, texts, tokenBiases, tokenIds } from './option-checks.ts';

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

const NUMBERS = Object.keys(NUMBER_OPTIONS) as readonly NumberOptionName[];

const LISTS = [
  'logitBias',
  'badWords',
  'badTokens',
  'stop',
  'stopTokens',
] as const satisfies readonly Exclude<keyof SamplingOptions, NumberOptionName>[];

/** The options that `samplingParameters` reads. */
export const SAMPLING_OPTIONS: readonly string[] = [...NUMBERS, ...LISTS];

/**
 * Options with defaults filled in: the caller's, else the checkpoint's, else plain sampling.
 * Raises `bad_option`. A seed is drawn when none is given; it is reported, so that any answer can be repeated.
 */
export function samplingParameters(
  options: SamplingOptions,
  defaults: GenerationDefaults = {},
): SamplingParameters {
  for (const name of NUMBERS) checkNumber(name, options[name], numberOption(name));
  checkLength(options);
  return {
    maxTokens: answerLimit(options.maxTokens),
    temperature: options.temperature ?? defaults.temperature ?? 1,
    topK: Math.max(0, options.topK ?? defaults.topK ?? 0), // -1 keeps all, as 0 does
    topP: options.topP ?? defaults.topP ?? 1,
    minP: options.minP ?? defaults.minP ?? 0,
    typicalP: options.typicalP ?? defaults.typicalP ?? 1,
    repetitionPenalty: options.repetitionPenalty ?? defaults.repetitionPenalty ?? 1,
    presencePenalty: options.presencePenalty ?? 0,
    frequencyPenalty: options.frequencyPenalty ?? 0,
    logitBias: tokenBiases('logitBias', options.logitBias),
    minTokens: options.minTokens ?? 0,
    badWords: badWords('badWords', options.badWords),
    badTokens: badTokens('badTokens', options.badTokens),
    seed: options.seed === undefined || options.seed === -1 ? randomSeed() : options.seed,
    stop: texts('stop', options.stop),
    stopTokens: new Set(tokenIds('stopTokens', options.stopTokens)),
    logprobs: options.logprobs,
  };
}

/** Defaults of a checkpoint that are in range, and a sentence for each that is not and is left out. */
export function usableDefaults(defaults: GenerationDefaults): {
  readonly usable: GenerationDefaults;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const usable = Object.entries(defaults).filter(([name, value]) => {
    const option = numberOption(name as keyof GenerationDefaults);
    if (takesNumber(option, value)) return true;
    problems.push(`${option.wire} is ${value}, and it takes ${rangeOf(option)}`);
    return false;
  });
  return { usable: Object.fromEntries(usable), problems };
}

export const randomSeed = (): number => Math.floor(Math.random() * 2 ** 32);

function checkLength({ minTokens = 0, maxTokens: given }: SamplingOptions): void {
  const maxTokens = answerLimit(given);
  if (maxTokens === undefined || minTokens <= maxTokens) return;
  const what = `minTokens is ${minTokens} and maxTokens ${maxTokens}`;
  throw new QuireError('bad_option', what, 'it takes at most maxTokens');
}
