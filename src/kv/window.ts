// Which positions a group of layers must hold of a sequence, and how many blocks that takes.

import type { KvKeeps } from '../base/model/kv-layout.ts';

/**
 * Returns the first position that a group holds of `length` computed tokens. A window holds one position more than
 * the next token attends to, so that the block into which that token is written is always held.
 */
export function firstRetained(keeps: KvKeeps, length: number): number {
  return keeps === 'all' ? 0 : Math.max(0, length - keeps.window);
}

/**
 * Returns the maximum number of blocks of a group that a sequence holds at once.
 * @param length tokens of the sequence
 * @param stepTokens maximum tokens that a step computes
 */
export function maxBlocksHeld(keeps: KvKeeps, length: number, stepTokens: number, blockSize: number): number {
  const whole = Math.ceil(length / blockSize);
  return keeps === 'all' ? whole : Math.min(whole, Math.ceil((keeps.window + stepTokens) / blockSize) + 1);
}

/**
 * Returns the longest prefix of `length` tokens for which every group holds what later tokens attend to.
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
  // With all positions, each prefix of a held prefix is held too; with a window that is not so, hence the repetition.
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
