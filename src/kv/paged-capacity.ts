// Counts, for each group of layers, the blocks that a match needs and those that running sequences still need.

import type { GroupBlocks } from './group-blocks.ts';
import type { GrowingSequence } from './kv-cache.ts';
import type { PagedMatch } from './prefix-match.ts';
import type { PrefixTree } from './prefix-tree.ts';
import { firstRetained, maxBlocksHeld } from './window.ts';

export interface CapacityParts {
  readonly groups: readonly GroupBlocks[];
  readonly tree: PrefixTree;
  readonly blockSize: number;
  readonly contextLength: number;
  readonly stepTokens: number;
}

interface Demand {
  /** blocks that the sequence needs in addition to those that were found */
  readonly needed: number;
  /** found blocks that are cached, and therefore counted as available */
  readonly cached: number;
  /** blocks to be loaded from the offload store */
  readonly missing: number;
}

export class PagedCapacity {
  readonly #parts: CapacityParts;

  constructor(parts: CapacityParts) {
    this.#parts = parts;
  }

  /** length of the longest sequence that can run, in tokens */
  get longestSequence(): number {
    const { groups, contextLength, blockSize } = this.#parts;
    const fits = groups.map((group) =>
      group.pool.size >= this.#maxBlocks(group, 0, contextLength)
        ? contextLength
        : group.pool.size * blockSize,
    );
    return Math.min(contextLength, ...fits);
  }

  /** Returns whether the matched prompt and its next token fit in addition to the growth of `others`. */
  canAdmit(match: PagedMatch, others: readonly GrowingSequence[], headroom: number): boolean {
    return this.#parts.groups.every((group) => {
      const { needed, cached } = this.#demand(match, group);
      const promised = others.reduce((sum, other) => sum + this.#growth(other, group, headroom), 0);
      return group.pool.available - cached - promised >= needed;
    });
  }

  /** Returns whether there are blocks for what is copied and loaded when a sequence is created from the match. */
  canCreate(match: PagedMatch): boolean {
    const copied = match.tail !== undefined && !this.extendsTailInPlace(match) ? 1 : 0;
    return this.#parts.groups.every((group) => {
      const { cached, missing } = this.#demand(match, group);
      return group.pool.available - cached >= missing + copied;
    });
  }

  /**
   * Returns whether the partial last block is extended in place: it has no owner and no tokens beyond the match.
   * Otherwise it is copied.
   */
  extendsTailInPlace({ tail, tokens }: PagedMatch): boolean {
    const { groups, tree, blockSize } = this.#parts;
    if (tail === undefined || tree.count(tail) !== tokens % blockSize) return false;
    return groups.every((group) => group.pool.isCached(group.blockOf(tail)!));
  }

  /** The indexes of the whole blocks that a match uses in a group: `first` to `end` - 1. */
  rangeOf({ tokens, storedTokens }: PagedMatch, { keeps }: GroupBlocks): { first: number; end: number } {
    const { blockSize } = this.#parts;
    const length = tokens + storedTokens;
    return {
      first: Math.floor(firstRetained(keeps, length) / blockSize),
      end: Math.floor(length / blockSize),
    };
  }

  #demand(match: PagedMatch, group: GroupBlocks): Demand {
    const { first, end } = this.rangeOf(match, group);
    let there = 0;
    let cached = 0;
    for (let i = first; i < end; i++) {
      const node = match.path.nodes[i];
      const block = node === undefined ? undefined : group.blockOf(node);
      if (block === undefined) continue;
      there++;
      if (group.pool.isCached(block)) cached++;
    }
    const continued = this.extendsTailInPlace(match) ? 1 : 0;
    const needed = this.#maxBlocks(group, first, match.prompt.length + 1) - there - continued;
    return { needed, cached: cached + continued, missing: end - first - there };
  }

  // Maximum blocks, from index `first` on, that a sequence of `length` tokens holds at once.
  #maxBlocks({ keeps }: GroupBlocks, first: number, length: number): number {
    const { stepTokens, blockSize } = this.#parts;
    return maxBlocksHeld(keeps, length - first * blockSize, stepTokens, blockSize);
  }

  #growth({ kv, length }: GrowingSequence, group: GroupBlocks, headroom: number): number {
    const { contextLength, blockSize } = this.#parts;
    const { first, end } = kv!.tables[group.group]!;
    const needed = Math.max(0, Math.ceil((length + 1) / blockSize) - end);
    const most = this.#maxBlocks(group, first, contextLength);
    return Math.max(0, Math.min(needed + headroom, most - (end - first)));
  }
}
