// Computes which positions of a sequence a layer group retains, and how many blocks they need. A group retains all
// positions or a window of the last ones.

import type { KvKeeps } from '../base/model/kv-layout.ts';

/**
 * Returns the first position that a group retains of `length` computed tokens. A group with a window retains one position
 * more than the next token attends to, so that it always has the block into which that token is written.
 */
export function firstRetainedPosition(retention: KvKeeps, length: number): number {
  return retention === 'all' ? 0 : Math.max(0, length - retention.window);
}

/**
 * Returns the maximum number of blocks of a group that a sequence owns at a time.
 * @param length number of tokens of the sequence
 * @param stepTokens maximum number of tokens that a step computes
 */
export function maxBlocksOwned(
  retention: KvKeeps,
  length: number,
  stepTokens: number,
  blockSize: number,
): number {
  const blockCount = Math.ceil(length / blockSize);
  return retention === 'all'
    ? blockCount
    : Math.min(blockCount, Math.ceil((retention.window + stepTokens) / blockSize) + 1);
}

/**
 * Returns the length of the longest prefix that can be continued: every group has the blocks to which later tokens attend.
 * @param length maximum length of the prefix
 * @param hasBlock returns whether a group has the block at an index
 */
export function longestUsablePrefix(
  groups: readonly KvKeeps[],
  length: number,
  blockSize: number,
  hasBlock: (group: number, index: number) => boolean,
): number {
  let usable = length;
  const shortenFor = (group: number): void => {
    const retention = groups[group]!;
    for (
      let i = Math.ceil(usable / blockSize) - 1;
      i >= Math.floor(firstRetainedPosition(retention, usable) / blockSize);
      i--
    ) {
      if (!hasBlock(group, i)) usable = i * blockSize;
    }
  };
  // Groups that retain all positions need one pass. A shorter prefix needs other blocks of a group with a window, so the
  // groups with a window are checked again until the length no longer changes.
  groups.forEach((retention, group) => {
    if (retention === 'all') shortenFor(group);
  });
  for (let previous = length + 1; usable < previous; ) {
    previous = usable;
    groups.forEach((retention, group) => {
      if (retention !== 'all') shortenFor(group);
    });
  }
  return usable;
}
