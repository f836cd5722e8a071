// Computes the memory use of one layer group.

import { type BlockId, blockId } from '../base/ids.ts';
import type { GroupBlocks } from './group-blocks.ts';
import type { KvSequence, KvUsage } from './kv-cache.ts';

/** Returns the memory use of a group. `running` are the sequences that own blocks. */
export function groupUsage(group: GroupBlocks, running: Iterable<KvSequence>, blockSize: number): KvUsage {
  const computedTokens = new Map<BlockId, number>(); // block -> computed tokens, for the blocks that running sequences own
  for (const { tables, computed } of running) {
    const { first, end, blocks } = tables[group.group]!;
    for (let i = first; i < end; i++) {
      const block = blockId(blocks[i]!);
      const computedInBlock = Math.max(0, Math.min(blockSize, computed - i * blockSize));
      computedTokens.set(block, Math.max(computedInBlock, computedTokens.get(block) ?? 0));
    }
  }
  let cachedTokens = 0;
  for (let i = 0; i < group.pool.size; i++) {
    const block = blockId(i);
    if (!computedTokens.has(block)) cachedTokens += group.tokenCount(block); // the block is cached or being stored
  }
  return {
    totalTokens: group.pool.size * blockSize,
    reservedTokens: computedTokens.size * blockSize,
    usedTokens: [...computedTokens.values()].reduce((sum, tokens) => sum + tokens, 0),
    cachedTokens,
  };
}
