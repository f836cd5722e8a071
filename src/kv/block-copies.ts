// Block copies that the backend makes before the next step appends anything: for each group of layers, pairs of
// source and destination block ids (from, to, from, to, ...). The copies are lost when that step fails, or when no
// step runs because no sequence is left.

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
  take(): Int32Array[] {
    return this.groups.map((pairs) => Int32Array.from(pairs.splice(0)));
  }
}
