// How the value of one sampling option is checked. TypeScript checks most of it for TypeScript; what comes from
// JavaScript, JSON and the command line is checked here. Each check raises `bad_option`, which names the
// option, the value and what the option takes; nothing is clamped.

import { QuireError } from '../base/errors.ts';

export interface Range {
  readonly accepts: (value: number) => boolean;
  readonly says: string;
}

export const whole = (from: number, to = Number.MAX_SAFE_INTEGER): Range => ({
  accepts: (value) => Number.isSafeInteger(value) && value >= from && value <= to,
  says: `a whole number ${to === Number.MAX_SAFE_INTEGER ? `of at least ${from}` : `from ${from} to ${to}`}`,
});

export const between = (from: number, to: number): Range => ({
  accepts: (value) => value >= from && value <= to,
  says: `a number from ${from} to ${to}`,
});

export const above = (from: number, to: number): Range => ({
  accepts: (value) => value > from && value <= to,
  says: `a number above ${from}, at most ${to}`,
});

const TOKEN_ID = whole(0);
const BIAS: Range = {
  accepts: (value) => (value >= -100 && value <= 100) || value === Number.NEGATIVE_INFINITY,
  says: 'token ids, each with a number from -100 to 100 or -Infinity',
};

export function checkRange(name: string, value: unknown, range: Range): void {
  if (value !== undefined && !isIn(range, value)) throw badOption(name, value, range.says);
}

/** A list of texts that are not empty; an absent one is empty. */
export function texts(name: string, value: unknown): readonly string[] {
  return list(name, value).map((text) => {
    if (typeof text === 'string' && text !== '') return text;
    throw badOption(name, text, 'texts that are not empty');
  });
}

export function tokenIds(name: string, value: unknown): readonly number[] {
  return list(name, value).map((id) => {
    if (isIn(TOKEN_ID, id)) return id;
    throw badOption(name, id, 'token ids');
  });
}

export function tokenSequences(name: string, value: unknown): readonly (readonly number[])[] {
  return list(name, value).map((sequence) => {
    const ids = tokenIds(name, sequence);
    if (ids.length > 0) return ids;
    throw badOption(name, sequence, 'sequences of at least one token id');
  });
}

/** Biases by token id, from a record or from pairs. */
export function tokenBiases(name: string, value: unknown): ReadonlyMap<number, number> {
  const biases = new Map<number, number>();
  for (const pair of pairs(name, value)) {
    const [id, bias] = Array.isArray(pair) && pair.length === 2 ? (pair as unknown[]) : [];
    if (!isIn(TOKEN_ID, id) || !isIn(BIAS, bias)) throw badOption(name, pair, BIAS.says);
    if (biases.has(id))
      throw new QuireError('bad_option', `${name} has token ${id} twice`, 'it takes each once');
    biases.set(id, bias);
  }
  return biases;
}

function pairs(name: string, value: unknown): Iterable<unknown> {
  if (value === undefined) return [];
  if (Object(value) !== value) throw badOption(name, value, BIAS.says);
  if (Symbol.iterator in (value as object)) return value as Iterable<unknown>;
  // The keys of a record are strings, and Number('') is 0.
  return Object.entries(value as object).map(([id, bias]) => [/^\d+$/.test(id) ? Number(id) : id, bias]);
}

function list(name: string, value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw badOption(name, value, 'an array');
}

const isIn = (range: Range, value: unknown): value is number =>
  typeof value === 'number' && range.accepts(value);

function badOption(name: string, value: unknown, says: string): QuireError {
  const shown = typeof value === 'string' || Array.isArray(value) ? JSON.stringify(value) : String(value);
  return new QuireError('bad_option', `${name} is ${shown}`, `it takes ${says}`);
}
