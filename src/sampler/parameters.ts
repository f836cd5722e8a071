// Computes the sampling parameters of a request from its options. Options are checked once; a value that is out of range is
// an error that contains the option and the valid range.

import { QuireError } from '../base/errors.ts';
import type { GenerationDefaults } from '../base/model/model-file.ts';
import { acceptsNumber, describeRange } from '../completion/option-ranges.ts';
import {
  answerTokenLimit,
  isNumberOption,
  type NumberOptionName,
  numberOption,
  SAMPLING_OPTION_NAMES,
  SAMPLING_OPTIONS,
  type SamplingOptions,
} from '../completion/sampling-options.ts';
import {
  checkNumber,
  checkTexts,
  checkTokenBiases,
  checkTokenIds,
  checkTokenSequences,
} from './option-checks.ts';

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
  /** sequences of token ids, none of which is empty */
  readonly badTokens: readonly (readonly number[])[];
  readonly seed: number;
  readonly stop: readonly string[];
  readonly stopTokens: ReadonlySet<number>;
  /** number of most probable tokens to report for each token; undefined: no log-probabilities */
  readonly logprobs: number | undefined;
}

const NUMBER_OPTIONS = SAMPLING_OPTION_NAMES.filter(isNumberOption);

/**
 * Returns the parameters. An option that is not given has the default of the checkpoint, or otherwise the value with which
 * sampling uses the unchanged distribution. Throws `bad_option`. If no seed is given, a random seed is used, which the
 * result reports so that the answer can be reproduced.
 */
export function samplingParameters(
  options: SamplingOptions,
  defaults: GenerationDefaults = {},
): SamplingParameters {
  for (const name of NUMBER_OPTIONS) checkNumber(name, options[name], numberOption(name));
  checkMinTokens(options);
  const numberFor = (name: OptionWithDefault): number =>
    options[name] ??
    (defaults as Partial<Record<OptionWithDefault, number>>)[name] ??
    SAMPLING_OPTIONS[name].default;
  return {
    maxTokens: answerTokenLimit(options.maxTokens),
    temperature: numberFor('temperature'),
    topK: Math.max(0, numberFor('topK')), // -1 and 0 mean no limit
    topP: numberFor('topP'),
    minP: numberFor('minP'),
    typicalP: numberFor('typicalP'),
    repetitionPenalty: numberFor('repetitionPenalty'),
    presencePenalty: numberFor('presencePenalty'),
    frequencyPenalty: numberFor('frequencyPenalty'),
    logitBias: checkTokenBiases('logitBias', options.logitBias),
    minTokens: numberFor('minTokens'),
    badWords: checkTexts('badWords', options.badWords),
    badTokens: checkTokenSequences('badTokens', options.badTokens),
    seed: options.seed === undefined || options.seed === -1 ? randomSeed() : options.seed,
    stop: checkTexts('stop', options.stop),
    stopTokens: new Set(checkTokenIds('stopTokens', options.stopTokens)),
    logprobs: options.logprobs,
  };
}

/** Numeric options with a default value. */
type OptionWithDefault = Exclude<NumberOptionName, 'maxTokens' | 'seed' | 'logprobs'>;

/** Returns the defaults of a checkpoint that are in range, and a message for each default that is not. */
export function usableDefaults(defaults: GenerationDefaults): {
  readonly usable: GenerationDefaults;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const usable = Object.entries(defaults).filter(([name, value]) => {
    const option = numberOption(name as keyof GenerationDefaults);
    if (acceptsNumber(option, value)) return true;
    problems.push(`${option.wire} is ${value}, but must be ${describeRange(option)}`);
    return false;
  });
  return { usable: Object.fromEntries(usable), problems };
}

export const randomSeed = (): number => Math.floor(Math.random() * 2 ** 32);

function checkMinTokens({ minTokens = 0, maxTokens: maxTokensOption }: SamplingOptions): void {
  const maxTokens = answerTokenLimit(maxTokensOption);
  if (maxTokens === undefined || minTokens <= maxTokens) return;
  const message = `minTokens is ${minTokens}, but maxTokens is ${maxTokens}`;
  throw new QuireError('bad_option', message, 'set minTokens to at most maxTokens', { option: 'minTokens' });
}
