// The sampling options that the page offers, in the order of the settings panel. Their ranges come from the table that the
// server checks against; this file only selects the options and sets their step.

import { takesNumber } from '../../../src/completion/option-ranges.ts';
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

/** Why the page does not offer the other options. */
export const NOT_OFFERED: Readonly<Record<Exclude<SamplingOptionName, SamplingFieldName>, string>> = {
  typicalP: 'top-p and min-p already cut by probability; a value set by a program is left unchanged',
  presencePenalty: 'models recommend the repetition penalty',
  frequencyPenalty: 'models recommend the repetition penalty',
  minTokens: 'for benchmarks',
  logprobs: 'the page does not show them',
  logitBias: 'token ids are for programs',
  badWords: 'for programs',
  badTokens: 'token ids are for programs',
  stop: 'the chat template defines the end of a message',
  stopTokens: 'token ids are for programs',
};

export interface SamplingField {
  readonly name: SamplingFieldName;
  readonly whole: boolean;
  readonly step: number;
}

export const SAMPLING_FIELDS: readonly SamplingField[] = (Object.keys(STEPS) as SamplingFieldName[]).map(
  (name) => ({ name, whole: numberOption(name).whole, step: STEPS[name] }),
);

/** Returns whether the page accepts `value`. */
export function isAllowed(name: SamplingFieldName, value: number): boolean {
  // With 0 every answer would be empty and no turn would be stored; only programs use it.
  return takesNumber(numberOption(name), value) && !(name === 'maxTokens' && value === 0);
}
