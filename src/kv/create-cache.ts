// The cache policies by name.

import type { CachePolicy } from '../base/completer.ts';
import { BlockPool } from './block-pool.ts';
import { ContiguousCache } from './contiguous-cache.ts';
import type { KvCache } from './kv-cache.ts';
import { NoCache } from './no-cache.ts';
import { PagedCache } from './paged-cache.ts';

export interface CacheShape {
  readonly blocks: number;
  /** tokens in a block */
  readonly blockSize: number;
  readonly contextLength: number;
}

export const CACHE_POLICIES: readonly CachePolicy[] = ['none', 'contiguous', 'paged'];

export function createCache(policy: CachePolicy, { blocks, blockSize, contextLength }: CacheShape): KvCache {
  switch (policy) {
    case 'none':
      return new NoCache(new BlockPool(blocks), blockSize);
    case 'contiguous':
      return new ContiguousCache(blocks, blockSize, contextLength);
    case 'paged':
      return new PagedCache(new BlockPool(blocks), blockSize);
  }
}
