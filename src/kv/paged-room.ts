// Counts the blocks that a match would take and what running sequences still need, for each group of layers.

import type { GroupBlocks } from './group-blocks.ts';
import type { GrowingSequence } from './kv-cache.ts';
import type { PagedMatch } from './prefix-match.ts';
import type { PrefixTree } from './prefix-tree.ts';
import { firstHeld, mostBlocks } from './window.ts';

export interface RoomParts {
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
  readonly idle: number;
  /** blocks that are to be read from a slower store */
  readonly missing: number;
}

export class PagedRoom {
  readonly #parts: RoomParts;

  constructor(parts: RoomParts) {
    this.#parts = parts;
  }

  /** tokens of the longest sequence that can ever run */
  get longest(): number {
    const { groups, contextLength, blockSize } = this.#parts;
    const fits = groups.map((group) =>
      group.pool.size >= this.#mostHeld(group, 0, contextLength)
        ? contextLength
        : group.pool.size * blockSize,
    );
    return Math.min(contextLength, ...fits);
  }

  /** Whether there is room for the matched prompt and its next token, beside what others need to grow. */
  suffices(match: PagedMatch, others: readonly GrowingSequence[], headroom: number): boolean {
    return this.#parts.groups.every((group) => {
      const { needed, idle } = this.#demand(match, group);
      const promised = others.reduce((sum, other) => sum + this.#growth(other, group, headroom), 0);
      return group.pool.available - idle - promised >= needed;
    });
  }

  /** Whether there is room for what is copied and read when the match is taken. */
  canTake(match: PagedMatch): boolean {
    const copied = match.tail !== undefined && !this.isContinued(match) ? 1 : 0;
    return this.#parts.groups.every((group) => {
      const { idle, missing } = this.#demand(match, group);
      return group.pool.available - idle >= missing + copied;
    });
  }

  /** A tail that no sequence holds and that goes no further is continued where it is, and not copied. */
  isContinued({ tail, tokens }: PagedMatch): boolean {
    const { groups, tree, blockSize } = this.#parts;
    if (tail === undefined || tree.count(tail) !== tokens % blockSize) return false;
    return groups.every((group) => group.pool.isCached(group.blockOf(tail)!));
  }

  /** The whole blocks that a match takes of a group: those with the indexes from `first` to `end` - 1. */
  rangeOf({ tokens, stored }: PagedMatch, { keeps }: GroupBlocks): { first: number; end: number } {
    const { blockSize } = this.#parts;
    const length = tokens + stored;
    return {
      first: Math.floor(firstHeld(keeps, length) / blockSize),
      end: Math.floor(length / blockSize),
    };
  }

  #demand(match: PagedMatch, group: GroupBlocks): Demand {
    const { first, end } = this.rangeOf(match, group);
    let there = 0;
    let idle = 0;
    for (let i = first; i < end; i++) {
      const node = match.path.nodes[i];
      const block = node === undefined ? undefined : group.blockOf(node);
      if (block === undefined) continue;
      there++;
      if (group.pool.isCached(block)) idle++;
    }
    const continued = this.isContinued(match) ? 1 : 0;
    const needed = this.#mostHeld(group, first, match.prompt.length + 1) - there - continued;
    return { needed, idle: idle + continued, missing: end - first - there };
  }

  // Most blocks from the one with index `first` on that a sequence of `length` tokens holds at once.
  #mostHeld({ keeps }: GroupBlocks, first: number, length: number): number {
    const { stepTokens, blockSize } = this.#parts;
    return mostBlocks(keeps, length - first * blockSize, stepTokens, blockSize);
  }

  #growth({ kv, length }: GrowingSequence, group: GroupBlocks, headroom: number): number {
    const { contextLength, blockSize } = this.#parts;
    const { first, end } = kv!.tables[group.group]!;
    const needed = Math.max(0, Math.ceil((length + 1) / blockSize) - end);
    const most = this.#mostHeld(group, first, contextLength);
    return Math.max(0, Math.min(needed + headroom, most - (end - first)));
  }
}
