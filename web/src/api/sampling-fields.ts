// The sampling options that the page offers, in the order of the settings panel. Their ranges come from the table that the
// server also uses; this file only selects the options and sets the step of their inputs.

import { acceptsNumber } from '../../../src/completion/option-ranges.ts';
import {
  type NumberOptionName,
  numberOption,
  type SamplingOptionName,
} from '../../../src/completion/sampling-options.ts';

const STEPS = {
  temperature: 0.1,
  topP: 0.05,
  topK: 1,
  minP: 0.01,
  repetitionPenalty: 0.05,
  maxTokens: 1,
  seed: 1,
} as const satisfies Partial<Record<NumberOptionName, number>>;

export type SamplingFieldName = keyof typeof STEPS;

/** The other options, each with the reason why the page does not offer it. */
export const OMITTED_SAMPLING_OPTIONS: Readonly<
  Record<Exclude<SamplingOptionName, SamplingFieldName>, string>
> = {
  typicalP:
    'top-p and min-p already exclude improbable tokens; a value set through the API is left unchanged',
  presencePenalty: 'model cards recommend the repetition penalty instead',
  frequencyPenalty: 'model cards recommend the repetition penalty instead',
  minTokens: 'used by benchmarks only',
  logprobs: 'the page does not show them',
  logitBias: 'users do not know token ids',
  badWords: 'needed by programs, not by users of the page',
  badTokens: 'users do not know token ids',
  stop: 'the chat template defines the end of a message',
  stopTokens: 'users do not know token ids',
};

export interface SamplingField {
  readonly name: SamplingFieldName;
  readonly integer: boolean;
  readonly step: number;
}

export const SAMPLING_FIELDS: readonly SamplingField[] = (Object.keys(STEPS) as SamplingFieldName[]).map(
  (name) => ({ name, integer: numberOption(name).integer, step: STEPS[name] }),
);

/** Returns whether the page accepts `value`. */
export function isAcceptedValue(name: SamplingFieldName, value: number): boolean {
  // With maxTokens 0 every answer would be empty and no turn would be stored; only programs use this value.
  return acceptsNumber(numberOption(name), value) && !(name === 'maxTokens' && value === 0);
}
