// zod schemas of the sampling options, derived from the table that the library checks by (base/sampling-options.ts), so
// that the chat socket, stored conversations and HTTP take the same and refuse the same.

import { z } from 'zod';
import {
  LARGEST_BIAS,
  LONGEST_STOP,
  MOST_BAD_CHARACTERS,
  MOST_BAD_IDS,
  MOST_BAD_WORDS,
  MOST_BIASES,
  MOST_STOP_TOKENS,
  MOST_STOPS,
  type NumberOptionName,
  numberOption,
  rangeOf,
  takesNumber,
} from '../base/sampling-options.ts';

/** A number of the table, in its range. */
export function numberSchema(name: NumberOptionName): z.ZodNumber {
  const option = numberOption(name);
  const { whole, from, to, above = false, also = {} } = option;
  const least = Math.min(from, ...Object.keys(also).map(Number));
  const plain = whole ? z.int() : z.number();
  const bounded = (above ? plain.gt(least) : plain.min(least)).max(to);
  return bounded.refine((value) => takesNumber(option, value), rangeOf(option));
}

/** What the option takes, in words. */
export function describeNumber(name: NumberOptionName): string {
  const option = numberOption(name);
  return option.note === undefined ? rangeOf(option) : `${rangeOf(option)}; ${option.note}`;
}

const tokenId = z.int().min(0);
const bias = z.number().min(-LARGEST_BIAS).max(LARGEST_BIAS);
const tooMany = `more than ${MOST_BIASES} biases`;

/** Biases by token id as a record. */
export const biasRecordSchema = z
  .record(z.string().regex(/^\d{1,10}$/), bias)
  .refine((given) => Object.keys(given).length <= MOST_BIASES, tooMany);

/** The same, also as pairs. */
export const biasSchema = z.union([
  biasRecordSchema,
  z.array(z.tuple([tokenId, bias])).max(MOST_BIASES, tooMany),
]);

const stopText = z.string().min(1).max(LONGEST_STOP);

/** One text, or several. */
export const stopSchema = z.union([stopText.transform((one) => [one]), z.array(stopText).max(MOST_STOPS)]);

export const stopTokensSchema = z.array(tokenId).max(MOST_STOP_TOKENS);

const sum = (lists: readonly { readonly length: number }[]): number =>
  lists.reduce((total, { length }) => total + length, 0);

export const badWordsSchema = z
  .array(z.string().min(1))
  .max(MOST_BAD_WORDS)
  .refine((words) => sum(words) <= MOST_BAD_CHARACTERS, `more than ${MOST_BAD_CHARACTERS} characters`);

export const badTokensSchema = z
  .array(z.array(tokenId).min(1))
  .max(MOST_BAD_WORDS)
  .refine((sequences) => sum(sequences) <= MOST_BAD_IDS, `more than ${MOST_BAD_IDS} ids`);
