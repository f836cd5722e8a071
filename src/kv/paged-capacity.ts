// Counts the blocks that a match would take and what running sequences still need, for each group of layers.

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
  /** blocks that a sequence would need beside those that were found */
  readonly needed: number;
  /** of the available blocks: those that were found */
  readonly cached: number;
  /** blocks that are to be read from a slower store */
  readonly missing: number;
}

export class PagedCapacity {
  readonly #parts: CapacityParts;

  constructor(parts: CapacityParts) {
    this.#parts = parts;
  }

  /** tokens of the longest sequence that can ever run */
  get longestSequence(): number {
    const { groups, contextLength, blockSize } = this.#parts;
    const fits = groups.map((group) =>
      group.pool.size >= this.#maxBlocks(group, 0, contextLength)
        ? contextLength
        : group.pool.size * blockSize,
    );
    return Math.min(contextLength, ...fits);
  }

  /** Whether there is room for the matched prompt and its next token, beside what others need to grow. */
  canAdmit(match: PagedMatch, others: readonly GrowingSequence[], headroom: number): boolean {
    return this.#parts.groups.every((group) => {
      const { needed, cached } = this.#demand(match, group);
      const promised = others.reduce((sum, other) => sum + this.#growth(other, group, headroom), 0);
      return group.pool.available - cached - promised >= needed;
    });
  }

  /** Whether there is room for what is copied and read when the match is taken. */
  canCreate(match: PagedMatch): boolean {
    const copied = match.tail !== undefined && !this.extendsTailInPlace(match) ? 1 : 0;
    return this.#parts.groups.every((group) => {
      const { cached, missing } = this.#demand(match, group);
      return group.pool.available - cached >= missing + copied;
    });
  }

  /** A tail that no sequence holds and that goes no further is continued where it is, and not copied. */
  extendsTailInPlace({ tail, tokens }: PagedMatch): boolean {
    const { groups, tree, blockSize } = this.#parts;
    if (tail === undefined || tree.count(tail) !== tokens % blockSize) return false;
    return groups.every((group) => group.pool.isCached(group.blockOf(tail)!));
  }

  /** The whole blocks that a match takes of a group: those with the indexes from `first` to `end` - 1. */
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

  // Most blocks from the one with index `first` on that a sequence of `length` tokens holds at once.
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
