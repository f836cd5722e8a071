// What a caller may ask of the sampler, checked once at the edge: a value out of range is an error that names
// the option and the range, never something that is silently clamped.

import type { SamplingOptions } from '../base/completer.ts';
import { QuireError } from '../base/errors.ts';
import type { GenerationDefaults } from '../base/model-file.ts';

export interface SamplingParameters {
  /** undefined: as many as the context leaves */
  readonly maxTokens: number | undefined;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly repetitionPenalty: number;
  readonly seed: number;
  readonly stop: readonly string[];
  readonly stopTokens: ReadonlySet<number>;
}

interface Range {
  readonly accepts: (value: number) => boolean;
  readonly says: string;
}

const whole = (from: number): Range => ({
  accepts: (value) => Number.isSafeInteger(value) && value >= from,
  says: `a whole number of at least ${from}`,
});

const RANGES = {
  maxTokens: whole(1),
  temperature: { accepts: (value) => value >= 0 && value <= 100, says: 'a number from 0 to 100' },
  topK: whole(0),
  topP: { accepts: (value) => value > 0 && value <= 1, says: 'a number above 0, at most 1' },
  repetitionPenalty: { accepts: (value) => value > 0 && value <= 10, says: 'a number above 0, at most 10' },
  seed: whole(0),
} as const satisfies Record<string, Range>;

type RangedOption = keyof typeof RANGES;

/**
 * Options with defaults filled in: the caller's, else the checkpoint's, else plain sampling.
 * Raises `bad_option`. A seed is drawn when none is given; it is reported, so that any answer can be repeated.
 */
export function samplingParameters(
  options: SamplingOptions,
  defaults: GenerationDefaults = {},
): SamplingParameters {
  for (const name of Object.keys(RANGES) as RangedOption[]) checkRange(name, options[name]);
  for (const name of ['stop', 'stopTokens'] as const) {
    const list = options[name];
    if (list !== undefined && !Array.isArray(list)) throw badOption(name, JSON.stringify(list), 'an array');
  }
  for (const text of options.stop ?? []) {
    if (typeof text !== 'string' || text === '')
      throw badOption('stop', JSON.stringify(text), 'strings that are not empty');
  }
  for (const id of options.stopTokens ?? []) {
    if (!whole(0).accepts(id)) throw badOption('stopTokens', String(id), 'token ids');
  }
  return {
    maxTokens: options.maxTokens,
    temperature: options.temperature ?? defaults.temperature ?? 1,
    topK: options.topK ?? defaults.topK ?? 0,
    topP: options.topP ?? defaults.topP ?? 1,
    repetitionPenalty: options.repetitionPenalty ?? defaults.repetitionPenalty ?? 1,
    seed: options.seed ?? Math.floor(Math.random() * 2 ** 32),
    stop: options.stop ?? [],
    stopTokens: new Set(options.stopTokens ?? []),
  };
}

function checkRange(name: RangedOption, value: number | undefined): void {
  const { accepts, says }: Range = RANGES[name];
  if (value !== undefined && !(typeof value === 'number' && accepts(value))) {
    throw badOption(name, String(value), says);
  }
}

/** The options that `samplingParameters` reads. */
export const SAMPLING_OPTIONS: readonly string[] = [...Object.keys(RANGES), 'stop', 'stopTokens'];

const badOption = (name: string, value: string, says: string): QuireError =>
  new QuireError('bad_option', `${name} is ${value}`, `it takes ${says}`);
