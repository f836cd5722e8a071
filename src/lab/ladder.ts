// Lengths of texts that an experiment climbs.

import { QuireError } from '../base/errors.ts';
import type { LabBench } from './lab-bench.ts';

/**
 * The lengths that were asked for, else `usual` as far as they fit. Raises `bad_option` for one that does not.
 * @param room tokens of the context that must stay free behind each length
 */
export function ladder(
  bench: LabBench,
  { contextLength, room, usual }: { contextLength: number; room: number; usual: readonly number[] },
): number[] {
  const most = contextLength - room;
  const asked = bench.lengths;
  if (asked === undefined) return usual.filter((length) => length <= most);
  const bad = asked.find((length) => !(Number.isInteger(length) && length >= 2 && length <= most));
  if (bad !== undefined)
    throw new QuireError(
      'bad_option',
      `a text of ${bad} tokens was asked for`,
      `lengths are whole numbers from 2 to ${most} here: the context holds ${contextLength} tokens, and ${room} are for the answer`,
    );
  return [...new Set(asked)].sort((a, b) => a - b);
}
