// The sampling parameters of a request, checked once on entry. A value out of range is an error that names the option
// and the valid range; nothing is clamped.

import { QuireError } from '../base/errors.ts';
import type { GenerationDefaults } from '../base/model/model-file.ts';
import { acceptsNumber, describeRange } from '../completion/option-ranges.ts';
import {
  answerLimit,
  isNumberOption,
  type NumberOptionName,
  numberOption,
  SAMPLING_OPTION_NAMES,
  SAMPLING_OPTIONS,
  type SamplingOptions,
} from '../completion/sampling-options.ts';
import { checkNumber, texts, tokenBiases, tokenIds, tokenSequences } from './option-checks.ts';

export interface SamplingParameters {
  /** undefined: as many as fit in the context */
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
  /** number of likeliest tokens to report for each token; undefined: no log-probabilities */
  readonly logprobs: number | undefined;
}

const NUMBERS = SAMPLING_OPTION_NAMES.filter(isNumberOption);

/**
 * Fills in defaults: the caller's option, else the checkpoint's default, else plain sampling. Throws `bad_option`.
 * Without a seed, one is drawn; the result reports it, so that any answer can be reproduced.
 */
export function samplingParameters(
  options: SamplingOptions,
  defaults: GenerationDefaults = {},
): SamplingParameters {
  for (const name of NUMBERS) checkNumber(name, options[name], numberOption(name));
  checkLength(options);
  const numberFor = (name: PlainNumber): number =>
    options[name] ??
    (defaults as Partial<Record<PlainNumber, number>>)[name] ??
    SAMPLING_OPTIONS[name].default;
  return {
    maxTokens: answerLimit(options.maxTokens),
    temperature: numberFor('temperature'),
    topK: Math.max(0, numberFor('topK')), // -1 keeps all, as 0 does
    topP: numberFor('topP'),
    minP: numberFor('minP'),
    typicalP: numberFor('typicalP'),
    repetitionPenalty: numberFor('repetitionPenalty'),
    presencePenalty: numberFor('presencePenalty'),
    frequencyPenalty: numberFor('frequencyPenalty'),
    logitBias: tokenBiases('logitBias', options.logitBias),
    minTokens: numberFor('minTokens'),
    badWords: texts('badWords', options.badWords),
    badTokens: tokenSequences('badTokens', options.badTokens),
    seed: options.seed === undefined || options.seed === -1 ? randomSeed() : options.seed,
    stop: texts('stop', options.stop),
    stopTokens: new Set(tokenIds('stopTokens', options.stopTokens)),
    logprobs: options.logprobs,
  };
}

/** Numeric options with a default value. */
type PlainNumber = Exclude<NumberOptionName, 'maxTokens' | 'seed' | 'logprobs'>;

/** Returns the defaults of a checkpoint that are in range, and a sentence for each one that is not. */
export function usableDefaults(defaults: GenerationDefaults): {
  readonly usable: GenerationDefaults;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const usable = Object.entries(defaults).filter(([name, value]) => {
    const option = numberOption(name as keyof GenerationDefaults);
    if (acceptsNumber(option, value)) return true;
    problems.push(`${option.wire} is ${value}, and it takes ${describeRange(option)}`);
    return false;
  });
  return { usable: Object.fromEntries(usable), problems };
}

export const randomSeed = (): number => Math.floor(Math.random() * 2 ** 32);

function checkLength({ minTokens = 0, maxTokens: given }: SamplingOptions): void {
  const maxTokens = answerLimit(given);
  if (maxTokens === undefined || minTokens <= maxTokens) return;
  const what = `minTokens is ${minTokens} and maxTokens ${maxTokens}`;
  throw new QuireError('bad_option', what, 'it takes at most maxTokens', { option: 'minTokens' });
}
