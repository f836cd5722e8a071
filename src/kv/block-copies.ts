// The block copies that the backend makes at the start of the next step, before it writes keys and values: for each
// layer group, pairs of source and destination block ids (from, to, from, to, ...). The copies are lost if that step
// fails, or if no step runs because no sequence is left.

import type { BlockId } from '../base/ids.ts';

export class BlockCopies {
  /** [groups][2 * copies] */
  readonly groups: readonly number[][];

  constructor(groups: number) {
    this.groups = Array.from({ length: groups }, () => []);
  }

  get isEmpty(): boolean {
    return this.groups.every((pairs) => pairs.length === 0);
  }

  add(group: number, from: BlockId, to: BlockId): void {
    this.groups[group]!.push(from, to);
  }

  /** Returns the pairs of each group and clears the lists. [groups][2 * copies] */
  drain(): Int32Array[] {
    return this.groups.map((pairs) => Int32Array.from(pairs.splice(0)));
  }
}
