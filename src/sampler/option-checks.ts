// Checks the value of one sampling option. TypeScript callers are mostly checked at compile time; values from
// JavaScript, JSON and the command line are checked here against the table in completion/sampling-options.ts. Each
// check throws `bad_option` with the option, the value and the valid range; nothing is clamped.

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

const LONGEST_SHOWN = 200;

export function checkNumber(name: SamplingOptionName, value: unknown, option: NumberOption): void {
  if (value !== undefined && !acceptsNumber(option, value)) throw badOption(name, value);
}

/** Returns a list of non-empty strings; an absent one is empty. */
export function texts(name: 'stop' | 'badWords', value: unknown): readonly string[] {
  const option: TextsOption = SAMPLING_OPTIONS[name];
  const { maxItems, maxLength = Infinity, maxTotalLength = Infinity } = option;
  const given = list(name, value, maxItems).map((text) => {
    if (typeof text === 'string' && text !== '' && text.length <= maxLength) return text;
    throw badOption(name, text);
  });
  const characters = totalLength(given);
  if (characters > maxTotalLength) throw tooMany(name, characters, maxTotalLength, 'characters');
  return given;
}

export function tokenIds(name: 'stopTokens', value: unknown): readonly number[] {
  const { maxItems }: TokensOption = SAMPLING_OPTIONS[name];
  return ids(name, list(name, value, maxItems));
}

/** Returns sequences of token ids, none of them empty. */
export function tokenSequences(name: 'badTokens', value: unknown): readonly (readonly number[])[] {
  const { maxItems, maxTotalLength }: SequencesOption = SAMPLING_OPTIONS[name];
  const sequences = list(name, value, maxItems).map((sequence) => {
    const given = ids(name, list(name, sequence, maxTotalLength));
    if (given.length > 0) return given;
    throw badOption(name, sequence);
  });
  const count = totalLength(sequences);
  if (count > maxTotalLength) throw tooMany(name, count, maxTotalLength, 'ids');
  return sequences;
}

/** Returns biases by token id, from a record or from pairs. */
export function tokenBiases(name: 'logitBias', value: unknown): ReadonlyMap<number, number> {
  const { maxItems, maxBias }: BiasesOption = SAMPLING_OPTIONS[name];
  const biases = new Map<number, number>();
  for (const pair of pairs(name, value)) {
    const [id, bias] = Array.isArray(pair) && pair.length === 2 ? (pair as unknown[]) : [];
    if (!isTokenId(id) || !isBias(bias, maxBias)) throw badOption(name, pair);
    if (biases.has(id)) {
      const what = `${name} has token ${id} twice`;
      throw new QuireError('bad_option', what, 'it takes each once', { option: name });
    }
    biases.set(id, bias);
    if (biases.size > maxItems) throw tooMany(name, biases.size, maxItems, 'biases');
  }
  return biases;
}

function pairs(name: SamplingOptionName, value: unknown): Iterable<unknown> {
  if (value === undefined) return [];
  if (Object(value) !== value) throw badOption(name, value);
  if (Symbol.iterator in (value as object)) return value as Iterable<unknown>;
  // The keys of a record are strings, and Number('') is 0.
  return Object.entries(value as object).map(([id, bias]) => [/^\d+$/.test(id) ? Number(id) : id, bias]);
}

function list(name: SamplingOptionName, value: unknown, maxItems: number): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw badOption(name, value);
  if (value.length > maxItems) throw tooMany(name, value.length, maxItems, 'items');
  return value;
}

function ids(name: SamplingOptionName, values: readonly unknown[]): readonly number[] {
  return values.map((id) => {
    if (isTokenId(id)) return id;
    throw badOption(name, id);
  });
}

const isTokenId = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isBias = (value: unknown, maxBias: number): value is number =>
  typeof value === 'number' && (Math.abs(value) <= maxBias || value === Number.NEGATIVE_INFINITY);

function badOption(name: keyof SamplingOptions, value: unknown): QuireError {
  const shown = typeof value === 'string' || Array.isArray(value) ? JSON.stringify(value) : String(value);
  const short = shown.length > LONGEST_SHOWN ? `${shown.slice(0, LONGEST_SHOWN)}...` : shown;
  const hint = `it takes ${describeValues(samplingOption(name))}`;
  return new QuireError('bad_option', `${name} is ${short}`, hint, { option: name });
}

function tooMany(name: SamplingOptionName, count: number, limit: number, what: string): QuireError {
  return new QuireError('bad_option', `${name} has ${count} ${what}`, `it takes at most ${limit}`, {
    option: name,
  });
}
