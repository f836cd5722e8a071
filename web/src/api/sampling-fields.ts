// The numbers of sampling that the page asks for, in the order of the panel. Their ranges are those of the table that the
// server checks by; only which are shown, and in which steps, is said here.

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

/** Why the page does not ask for the others. */
export const NOT_ASKED: Readonly<Record<Exclude<SamplingOptionName, SamplingFieldName>, string>> = {
  typicalP: 'one cut by probability is enough for a reader; it stays as a program has set it',
  presencePenalty: 'the repetition penalty is the one that models suggest',
  frequencyPenalty: 'the repetition penalty is the one that models suggest',
  minTokens: 'for programs that measure',
  logprobs: 'the page does not show them',
  logitBias: 'token ids are for programs',
  badWords: 'for programs',
  badTokens: 'token ids are for programs',
  stop: 'the end of a chat message is known to the template',
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

/** Whether a reader may choose `value`. */
export function fits(name: SamplingFieldName, value: number): boolean {
  // 0 is for programs: here each message would be answered by nothing, and not be kept.
  return takesNumber(numberOption(name), value) && !(name === 'maxTokens' && value === 0);
}
