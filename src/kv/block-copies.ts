// Blocks to be copied before the next step appends anything, for each group of layers pairs in order: from, to, from,
// to, ... They are lost when that step fails, or when it is not made because no sequence runs any more.

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

  /** Hands over the pairs of each group, and begins anew. [groups][2 * copies] */
  take(): Int32Array[] {
    return this.groups.map((pairs) => Int32Array.from(pairs.splice(0)));
  }
}
