// A cache of each policy.

import type { KvKeeps } from '../base/model/kv-layout.ts';
import { BlockPool } from './block-pool.ts';
import { BlockTables } from './block-tables.ts';
import type { CachePolicy } from './cache-policy.ts';
import { ContiguousCache } from './contiguous-cache.ts';
import { EventRing } from './event-ring.ts';
import { GroupBlocks } from './group-blocks.ts';
import type { KvCache } from './kv-cache.ts';
import { MissExplainer } from './miss-explainer.ts';
import { NoCache } from './no-cache.ts';
import { PagedCache } from './paged-cache.ts';
import { PrefixTree } from './prefix-tree.ts';
import { StoredBlocks } from './stored-blocks.ts';
import { MOST_STORING, Tier } from './tier.ts';
import type { TierStore } from './tier-store.ts';

export interface CacheGroup {
  readonly keeps: KvKeeps;
  readonly blocks: number;
  /** behind a paged cache: of all groups or of none */
  readonly store?: TierStore | undefined;
}

export interface CacheShape {
  /** most nodes of the prefix tree that are there without blocks; half a million when absent */
  readonly mostBareNodes?: number;
  /** groups of layers */
  readonly groups: readonly CacheGroup[];
  /** tokens in a block */
  readonly blockSize: number;
  readonly contextLength: number;
  /** most sequences at once */
  readonly maxRunning: number;
  /** most tokens that a step computes of a sequence; the context length when absent */
  readonly stepTokens?: number;
  readonly events?: EventRing;
}

export function createCache(policy: CachePolicy, shape: CacheShape): KvCache {
  if (policy === 'paged') return createPagedCache(shape);
  // These keep the same of every group: they are what a cache that shares is compared with.
  const blocks = Math.min(...shape.groups.map((group) => group.blocks));
  const whole = { ...shape, blocks, groups: shape.groups.length };
  return policy === 'contiguous'
    ? new ContiguousCache(whole)
    : new NoCache(new BlockPool(blocks), tablesOf(shape, 1), whole);
}

export function createPagedCache(shape: CacheShape): PagedCache {
  const { blockSize, contextLength, stepTokens = contextLength, events = new EventRing() } = shape;
  const nodes = nodesOf(shape);
  const most = 4 * shape.groups.reduce((sum, { blocks }) => sum + blocks, 0);
  const tree: PrefixTree = new PrefixTree({
    nodes,
    blockSize,
    groups: shape.groups.length,
    onForget(node) {
      misses.lost(node);
      stored?.forget(node);
    },
  });
  const misses = new MissExplainer(tree, { nodes, blockSize, most });
  const groups = shape.groups.map((group, index) => new GroupBlocks(index, group, tree, events));
  const tiers = groups.flatMap((group) => {
    const { store } = shape.groups[group.group]!;
    return store === undefined ? [] : [new Tier(store, group, tree, { blockSize, events })];
  });
  const stored = tiers.length === 0 ? undefined : new StoredBlocks(tiers, groups, blockSize);
  const tables = tablesOf(shape, groups.length);
  return new PagedCache({
    groups,
    tree,
    tables,
    misses,
    stored,
    events,
    blockSize,
    contextLength,
    stepTokens,
  });
}

// Nodes without blocks cost memory beside the KV memory: a sequence whose tokens would need more of them waits, or is
// preempted, as one for which there are no blocks.
const MOST_BARE_NODES = 2 ** 19;

// A node has a block, is a root, or is there for what follows it. Below a block of a group that keeps all there is nothing
// of the last kind; below one of a window there may be a whole context of it, while the block belongs to a sequence that
// runs or is being stored: what is only cached is evicted where nodes are short.
function nodesOf(shape: CacheShape): number {
  const { groups, maxRunning, contextLength, blockSize, mostBareNodes = MOST_BARE_NODES } = shape;
  const blocks = groups.reduce((sum, group) => sum + group.blocks, 0);
  const windows = groups.filter(({ keeps }) => keeps !== 'all');
  const whole = Math.ceil(contextLength / blockSize) + 2;
  const perRunning = windows.length === groups.length ? whole : 2;
  const storing = MOST_STORING * windows.filter(({ store }) => store !== undefined).length;
  const wanted = maxRunning * perRunning + storing * whole;
  return 2 * blocks + Math.min(wanted, Math.max(2 * whole, mostBareNodes));
}

const tablesOf = ({ maxRunning, contextLength, blockSize }: CacheShape, groups: number): BlockTables =>
  new BlockTables(maxRunning, groups, Math.ceil(contextLength / blockSize));
