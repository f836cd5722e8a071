// A cache of each policy.

import { EventRing } from '../base/event-ring.ts';
import { BlockPool } from './block-pool.ts';
import { BlockTables } from './block-tables.ts';
import type { CachePolicy } from './cache-policy.ts';
import { ContiguousCache } from './contiguous-cache.ts';
import type { KvCache } from './kv-cache.ts';
import { NoCache } from './no-cache.ts';
import { PagedCache } from './paged-cache.ts';
import { PrefixTree } from './prefix-tree.ts';
import type { TierStore } from './tier-store.ts';

export interface CacheShape {
  readonly blocks: number;
  /** tokens in a block */
  readonly blockSize: number;
  readonly contextLength: number;
  /** most sequences at once */
  readonly maxRunning: number;
  readonly events?: EventRing;
  /** behind a paged cache */
  readonly store?: TierStore;
}

export function createCache(policy: CachePolicy, shape: CacheShape): KvCache {
  return policy === 'contiguous'
    ? new ContiguousCache(shape.blocks, shape.blockSize, shape.contextLength)
    : policy === 'none'
      ? new NoCache(new BlockPool(shape.blocks), tablesOf(shape), shape)
      : createPagedCache(shape);
}

export function createPagedCache(shape: CacheShape): PagedCache {
  const { blocks, blockSize, contextLength, store, events = new EventRing() } = shape;
  return new PagedCache({
    pool: new BlockPool(blocks),
    tree: new PrefixTree(blocks, blockSize),
    tables: tablesOf(shape),
    blockSize,
    contextLength,
    events,
    store,
  });
}

const tablesOf = ({ maxRunning, contextLength, blockSize }: CacheShape): BlockTables =>
  new BlockTables(maxRunning, Math.ceil(contextLength / blockSize));
