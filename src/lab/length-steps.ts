// The text lengths for which an experiment takes measurements.

import { QuireError } from '../base/errors.ts';
import type { LabBench } from './lab-bench.ts';

/**
 * Returns the lengths that the user requested, ascending, or otherwise the `defaultLengths` that fit. Throws `bad_option` for a
 * requested length that is not usable.
 * @param reserved tokens of the context that must stay free after each text
 */
export function measuredLengths(
  bench: LabBench,
  {
    contextLength,
    reserved,
    defaultLengths,
  }: { contextLength: number; reserved: number; defaultLengths: readonly number[] },
): number[] {
  const maxLength = contextLength - reserved;
  const requested = bench.lengths;
  if (requested === undefined) return defaultLengths.filter((length) => length <= maxLength);
  const unusable = requested.find(
    (length) => !(Number.isInteger(length) && length >= 2 && length <= maxLength),
  );
  if (unusable !== undefined)
    throw new QuireError(
      'bad_option',
      `lengths contains ${unusable}, which is not a usable length`,
      `give whole numbers from 2 to ${maxLength}: the context has ${contextLength} tokens, of which ${reserved} are reserved for the answer`,
    );
  return [...new Set(requested)].sort((a, b) => a - b);
}
