// What a caller may ask of the sampler, checked once at the edge: a value out of range is an error that names
// the option and the range, never something that is silently clamped.

import { QuireError } from '../base/errors.ts';
import type { GenerationDefaults } from '../base/model/model-file.ts';
import { rangeOf, takesNumber } from '../completion/option-ranges.ts';
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

const NUMBERS = SAMPLING_OPTION_NAMES.filter(isNumberOption);

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
  const plain = (name: PlainNumber): number =>
    options[name] ??
    (defaults as Partial<Record<PlainNumber, number>>)[name] ??
    SAMPLING_OPTIONS[name].default;
  return {
    maxTokens: answerLimit(options.maxTokens),
    temperature: plain('temperature'),
    topK: Math.max(0, plain('topK')), // -1 keeps all, as 0 does
    topP: plain('topP'),
    minP: plain('minP'),
    typicalP: plain('typicalP'),
    repetitionPenalty: plain('repetitionPenalty'),
    presencePenalty: plain('presencePenalty'),
    frequencyPenalty: plain('frequencyPenalty'),
    logitBias: tokenBiases('logitBias', options.logitBias),
    minTokens: plain('minTokens'),
    badWords: texts('badWords', options.badWords),
    badTokens: tokenSequences('badTokens', options.badTokens),
    seed: options.seed === undefined || options.seed === -1 ? randomSeed() : options.seed,
    stop: texts('stop', options.stop),
    stopTokens: new Set(tokenIds('stopTokens', options.stopTokens)),
    logprobs: options.logprobs,
  };
}

/** Options with a number that holds where nobody says anything. */
type PlainNumber = Exclude<NumberOptionName, 'maxTokens' | 'seed' | 'logprobs'>;

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
  throw new QuireError('bad_option', what, 'it takes at most maxTokens', { option: 'minTokens' });
}
