// The text lengths at which an experiment measures.

import { QuireError } from '../base/errors.ts';
import type { LabBench } from './lab-bench.ts';

/**
 * Returns the lengths that the user requested, ascending, or else those of `usual` that fit. Throws `bad_option` for a
 * requested length that does not fit.
 * @param reserved tokens of the context that must stay free after each text
 */
export function lengthSteps(
  bench: LabBench,
  { contextLength, reserved, usual }: { contextLength: number; reserved: number; usual: readonly number[] },
): number[] {
  const most = contextLength - reserved;
  const requested = bench.lengths;
  if (requested === undefined) return usual.filter((length) => length <= most);
  const bad = requested.find((length) => !(Number.isInteger(length) && length >= 2 && length <= most));
  if (bad !== undefined)
    throw new QuireError(
      'bad_option',
      `lengths contains ${bad}, and a text of ${bad} tokens does not fit`,
      `give whole numbers from 2 to ${most}: the context has ${contextLength} tokens, of which ${reserved} are reserved for the answer`,
    );
  return [...new Set(requested)].sort((a, b) => a - b);
}
