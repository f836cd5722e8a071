// What a group of layers must hold of a sequence, and how many blocks that takes at most.

import type { KvKeeps } from '../base/model/kv-layout.ts';

/**
 * The first position that a group holds of `length` computed tokens. A window holds one position more than the next
 * token attends to, so that the block into which that token is written is always held.
 */
export function firstRetained(keeps: KvKeeps, length: number): number {
  return keeps === 'all' ? 0 : Math.max(0, length - keeps.window);
}

/**
 * Most blocks that a sequence holds of a group at once.
 * @param length tokens of the sequence
 * @param stepTokens most tokens that a step computes
 */
export function maxBlocksHeld(keeps: KvKeeps, length: number, stepTokens: number, blockSize: number): number {
  const whole = Math.ceil(length / blockSize);
  return keeps === 'all' ? whole : Math.min(whole, Math.ceil((keeps.window + stepTokens) / blockSize) + 1);
}

/**
 * The longest beginning of `length` tokens for which every group holds what later tokens attend to.
 * @param holds whether a group holds the block with an index
 */
export function longestUsablePrefix(
  groups: readonly KvKeeps[],
  length: number,
  blockSize: number,
  holds: (group: number, index: number) => boolean,
): number {
  let most = length;
  const limit = (group: number): void => {
    const keeps = groups[group]!;
    for (
      let i = Math.ceil(most / blockSize) - 1;
      i >= Math.floor(firstRetained(keeps, most) / blockSize);
      i--
    ) {
      if (!holds(group, i)) most = i * blockSize;
    }
  };
  // A beginning of what a group that keeps all holds is held too; of a window it need not be.
  groups.forEach((keeps, group) => {
    if (keeps === 'all') limit(group);
  });
  for (let before = length + 1; most < before; ) {
    before = most;
    groups.forEach((keeps, group) => {
      if (keeps !== 'all') limit(group);
    });
  }
  return most;
}
