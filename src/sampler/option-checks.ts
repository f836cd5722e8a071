// How the value of one sampling option is checked. TypeScript checks most of it for TypeScript; what comes from
// JavaScript, JSON and the command line is checked here. Each check raises `bad_option`, which names the
// option, the value and what the option takes; nothing is clamped.

import { QuireError } from '../base/errors.ts';
import {
  LARGEST_BIAS,
  MOST_BAD_CHARACTERS,
  MOST_BAD_IDS,
  MOST_BAD_WORDS,
  type NumberOption,
  rangeOf,
  takesNumber,
} from '../base/sampling-options.ts';

const LONGEST_SHOWN = 200;
const BIASES = `token ids, each with a number from -${LARGEST_BIAS} to ${LARGEST_BIAS} or -Infinity`;

export function checkNumber(name: string, value: unknown, option: NumberOption): void {
  if (value !== undefined && !takesNumber(option, value)) throw badOption(name, value, rangeOf(option));
}

/** A list of texts that are not empty; an absent one is empty. */
export function texts(name: string, value: unknown): readonly string[] {
  return list(name, value).map((text) => {
    if (typeof text === 'string' && text !== '') return text;
    throw badOption(name, text, 'texts that are not empty');
  });
}

/** Texts that are tokenized before the request is queued, so that they are bounded. */
export function badWords(name: string, value: unknown): readonly string[] {
  const words = texts(name, value);
  if (words.length > MOST_BAD_WORDS) throw tooMany(name, words.length, MOST_BAD_WORDS, 'texts');
  const characters = sum(words);
  if (characters > MOST_BAD_CHARACTERS) throw tooMany(name, characters, MOST_BAD_CHARACTERS, 'characters');
  return words;
}

export function tokenIds(name: string, value: unknown): readonly number[] {
  return list(name, value).map((id) => {
    if (isTokenId(id)) return id;
    throw badOption(name, id, 'token ids');
  });
}

function tokenSequences(name: string, value: unknown): readonly (readonly number[])[] {
  return list(name, value).map((sequence) => {
    const ids = tokenIds(name, sequence);
    if (ids.length > 0) return ids;
    throw badOption(name, sequence, 'sequences of at least one token id');
  });
}

/** Sequences that are looked at for each token, so that they are bounded. */
export function badTokens(name: string, value: unknown): readonly (readonly number[])[] {
  const sequences = tokenSequences(name, value);
  if (sequences.length > MOST_BAD_WORDS) throw tooMany(name, sequences.length, MOST_BAD_WORDS, 'sequences');
  const ids = sum(sequences);
  if (ids > MOST_BAD_IDS) throw tooMany(name, ids, MOST_BAD_IDS, 'ids');
  return sequences;
}

/** Biases by token id, from a record or from pairs. */
export function tokenBiases(name: string, value: unknown): ReadonlyMap<number, number> {
  const biases = new Map<number, number>();
  for (const pair of pairs(name, value)) {
    const [id, bias] = Array.isArray(pair) && pair.length === 2 ? (pair as unknown[]) : [];
    if (!isTokenId(id) || !isBias(bias)) throw badOption(name, pair, BIASES);
    if (biases.has(id))
      throw new QuireError('bad_option', `${name} has token ${id} twice`, 'it takes each once');
    biases.set(id, bias);
  }
  return biases;
}

function pairs(name: string, value: unknown): Iterable<unknown> {
  if (value === undefined) return [];
  if (Object(value) !== value) throw badOption(name, value, BIASES);
  if (Symbol.iterator in (value as object)) return value as Iterable<unknown>;
  // The keys of a record are strings, and Number('') is 0.
  return Object.entries(value as object).map(([id, bias]) => [/^\d+$/.test(id) ? Number(id) : id, bias]);
}

function list(name: string, value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw badOption(name, value, 'an array');
}

const isTokenId = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isBias = (value: unknown): value is number =>
  typeof value === 'number' && (Math.abs(value) <= LARGEST_BIAS || value === Number.NEGATIVE_INFINITY);

function badOption(name: string, value: unknown, says: string): QuireError {
  const shown = typeof value === 'string' || Array.isArray(value) ? JSON.stringify(value) : String(value);
  const short = shown.length > LONGEST_SHOWN ? `${shown.slice(0, LONGEST_SHOWN)}...` : shown;
  return new QuireError('bad_option', `${name} is ${short}`, `it takes ${says}`);
}

function tooMany(name: string, count: number, most: number, what: string): QuireError {
  return new QuireError('bad_option', `${name} has ${count} ${what}`, `it takes at most ${most}`);
}

const sum = (lists: readonly { readonly length: number }[]): number =>
  lists.reduce((total, { length }) => total + length, 0);
