// Decides whether a matched prompt fits in memory. For each layer group, counts the blocks that the prompt needs and the
// blocks that the running sequences still need.

import type { GroupBlocks } from './group-blocks.ts';
import type { GrowingSequence } from './kv-cache.ts';
import type { PagedMatch } from './prefix-match.ts';
import type { PrefixTree } from './prefix-tree.ts';
import { firstRetainedPosition, maxBlocksOwned } from './window.ts';

export interface CapacityParts {
  readonly groups: readonly GroupBlocks[];
  readonly tree: PrefixTree;
  readonly blockSize: number;
  readonly contextLength: number;
  readonly stepTokens: number;
}

/** Numbers of blocks of a group that a sequence with the matched prompt uses. */
interface Demand {
  /** blocks to be allocated until one token after the prompt is computed */
  readonly newBlocks: number;
  /** found blocks without an owner; the pool counts them as available */
  readonly cachedBlocks: number;
  /** blocks to be loaded from the offload store */
  readonly storedBlocks: number;
}

export class PagedCapacity {
  readonly #parts: CapacityParts;

  constructor(parts: CapacityParts) {
    this.#parts = parts;
  }

  /** length of the longest sequence that can run, in tokens */
  get longestSequence(): number {
    const { groups, contextLength, blockSize } = this.#parts;
    const lengths = groups.map((group) =>
      group.pool.size >= this.#maxBlocks(group, 0, contextLength)
        ? contextLength
        : group.pool.size * blockSize,
    );
    return Math.min(contextLength, ...lengths);
  }

  /** Returns whether memory has room for the matched prompt and one more token, besides the growth of `others`. */
  canAdmit(match: PagedMatch, others: readonly GrowingSequence[], headroom: number): boolean {
    return this.#parts.groups.every((group) => {
      const { newBlocks, cachedBlocks } = this.#demand(match, group);
      const reserved = others.reduce((sum, other) => sum + this.#growth(other, group, headroom), 0);
      return group.pool.availableCount - cachedBlocks - reserved >= newBlocks;
    });
  }

  /** Returns whether enough blocks are available to create a sequence: for its copied and its loaded blocks. */
  canCreate(match: PagedMatch): boolean {
    const copiedBlocks = match.tail !== undefined && !this.extendsTailInPlace(match) ? 1 : 0;
    return this.#parts.groups.every((group) => {
      const { cachedBlocks, storedBlocks } = this.#demand(match, group);
      return group.pool.availableCount - cachedBlocks >= storedBlocks + copiedBlocks;
    });
  }

  /**
   * Returns whether the partial last block of a match can be extended in place: it has no owner and no tokens beyond the
   * match. Otherwise the block must be copied.
   */
  extendsTailInPlace({ tail, tokens }: PagedMatch): boolean {
    const { groups, tree, blockSize } = this.#parts;
    if (tail === undefined || tree.tokenCount(tail) !== tokens % blockSize) return false;
    return groups.every((group) => group.pool.isCached(group.blockOf(tail)!));
  }

  /** Returns the range of indexes of the full blocks that a match uses in a group: `first` to `end` - 1. */
  rangeOf({ tokens, storedTokens }: PagedMatch, { retention }: GroupBlocks): { first: number; end: number } {
    const { blockSize } = this.#parts;
    const length = tokens + storedTokens;
    return {
      first: Math.floor(firstRetainedPosition(retention, length) / blockSize),
      end: Math.floor(length / blockSize),
    };
  }

  #demand(match: PagedMatch, group: GroupBlocks): Demand {
    const { first, end } = this.rangeOf(match, group);
    let found = 0;
    let cached = 0;
    for (let i = first; i < end; i++) {
      const node = match.path.nodes[i];
      const block = node === undefined ? undefined : group.blockOf(node);
      if (block === undefined) continue;
      found++;
      if (group.pool.isCached(block)) cached++;
    }
    const extended = this.extendsTailInPlace(match) ? 1 : 0;
    const newBlocks = this.#maxBlocks(group, first, match.prompt.length + 1) - found - extended;
    return { newBlocks, cachedBlocks: cached + extended, storedBlocks: end - first - found };
  }

  // Returns the maximum number of blocks, from index `first`, that a sequence of `length` tokens owns at a time.
  #maxBlocks({ retention }: GroupBlocks, first: number, length: number): number {
    const { stepTokens, blockSize } = this.#parts;
    return maxBlocksOwned(retention, length - first * blockSize, stepTokens, blockSize);
  }

  // Returns how many more blocks a running sequence may need, `headroom` included.
  #growth({ kv, length }: GrowingSequence, group: GroupBlocks, headroom: number): number {
    const { contextLength, blockSize } = this.#parts;
    const { first, end } = kv!.tables[group.group]!;
    const needed = Math.max(0, Math.ceil((length + 1) / blockSize) - end);
    const maxBlocks = this.#maxBlocks(group, first, contextLength);
    return Math.max(0, Math.min(needed + headroom, maxBlocks - (end - first)));
  }
}
