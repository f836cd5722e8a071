// Checks the value of a sampling option against the table in completion/sampling-options.ts. Types cannot check ranges, nor
// values from JavaScript, JSON and the command line. An invalid value is not replaced by a valid one: the check throws
// `bad_option` with the option, the value and the valid range.

import { QuireError } from '../base/errors.ts';
import { totalLength } from '../base/sum.ts';
import { acceptsNumber, describeValues } from '../completion/option-ranges.ts';
import {
  type BiasesOption,
  type NumberOption,
  SAMPLING_OPTIONS,
  type SamplingOptionName,
  type SamplingOptions,
  type SequencesOption,
  samplingOption,
  type TextsOption,
  type TokensOption,
} from '../completion/sampling-options.ts';

const MAX_SHOWN_CHARACTERS = 200;

/** Checks a numeric option. */
export function checkNumber(name: SamplingOptionName, value: unknown, option: NumberOption): void {
  if (value !== undefined && !acceptsNumber(option, value)) throw valueError(name, value);
}

/** Returns the non-empty strings of an option; an empty list if the option is not given. */
export function checkTexts(name: 'stop' | 'badWords', value: unknown): readonly string[] {
  const option: TextsOption = SAMPLING_OPTIONS[name];
  const { maxItems, maxLength = Infinity, maxTotalLength = Infinity } = option;
  const checked = checkList(name, value, maxItems).map((text) => {
    if (typeof text === 'string' && text !== '' && text.length <= maxLength) return text;
    throw valueError(name, text);
  });
  const characters = totalLength(checked);
  if (characters > maxTotalLength) throw limitError(name, characters, maxTotalLength, 'characters');
  return checked;
}

/** Returns the token ids of an option. */
export function checkTokenIds(name: 'stopTokens', value: unknown): readonly number[] {
  const { maxItems }: TokensOption = SAMPLING_OPTIONS[name];
  return checkIds(name, checkList(name, value, maxItems));
}

/** Returns sequences of token ids, none of them empty. */
export function checkTokenSequences(name: 'badTokens', value: unknown): readonly (readonly number[])[] {
  const { maxItems, maxTotalLength }: SequencesOption = SAMPLING_OPTIONS[name];
  const sequences = checkList(name, value, maxItems).map((sequence) => {
    const checked = checkIds(name, checkList(name, sequence, maxTotalLength));
    if (checked.length > 0) return checked;
    throw valueError(name, sequence);
  });
  const count = totalLength(sequences);
  if (count > maxTotalLength) throw limitError(name, count, maxTotalLength, 'ids');
  return sequences;
}

/** Returns the biases by token id, from a record or from an iterable of pairs. */
export function checkTokenBiases(name: 'logitBias', value: unknown): ReadonlyMap<number, number> {
  const { maxItems, maxBias }: BiasesOption = SAMPLING_OPTIONS[name];
  const biases = new Map<number, number>();
  for (const pair of biasPairs(name, value)) {
    const [id, bias] = Array.isArray(pair) && pair.length === 2 ? (pair as unknown[]) : [];
    if (!isTokenId(id) || !isBias(bias, maxBias)) throw valueError(name, pair);
    if (biases.has(id)) {
      const message = `${name} has token ${id} twice`;
      throw new QuireError('bad_option', message, 'set one bias for each token', { option: name });
    }
    biases.set(id, bias);
    if (biases.size > maxItems) throw limitError(name, biases.size, maxItems, 'biases');
  }
  return biases;
}

function biasPairs(name: SamplingOptionName, value: unknown): Iterable<unknown> {
  if (value === undefined) return [];
  if (Object(value) !== value) throw valueError(name, value);
  if (Symbol.iterator in (value as object)) return value as Iterable<unknown>;
  // The keys of a record are strings, and Number('') is 0.
  return Object.entries(value as object).map(([id, bias]) => [/^\d+$/.test(id) ? Number(id) : id, bias]);
}

function checkList(name: SamplingOptionName, value: unknown, maxItems: number): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw valueError(name, value);
  if (value.length > maxItems) throw limitError(name, value.length, maxItems, 'items');
  return value;
}

function checkIds(name: SamplingOptionName, values: readonly unknown[]): readonly number[] {
  return values.map((id) => {
    if (isTokenId(id)) return id;
    throw valueError(name, id);
  });
}

const isTokenId = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isBias = (value: unknown, maxBias: number): value is number =>
  typeof value === 'number' && (Math.abs(value) <= maxBias || value === Number.NEGATIVE_INFINITY);

function valueError(name: keyof SamplingOptions, value: unknown): QuireError {
  const shownValue =
    typeof value === 'string' || Array.isArray(value) ? JSON.stringify(value) : String(value);
  const truncated =
    shownValue.length > MAX_SHOWN_CHARACTERS ? `${shownValue.slice(0, MAX_SHOWN_CHARACTERS)}...` : shownValue;
  const hint = `use ${describeValues(samplingOption(name))}`;
  return new QuireError('bad_option', `${name} is ${truncated}`, hint, { option: name });
}

function limitError(name: SamplingOptionName, count: number, limit: number, unit: string): QuireError {
  return new QuireError('bad_option', `${name} has ${count} ${unit}`, `use at most ${limit}`, {
    option: name,
  });
}
