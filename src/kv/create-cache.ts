// Creates a cache of each policy.

import type { KvKeeps } from '../base/model/kv-layout.ts';
import { BlockPool } from './block-pool.ts';
import { BlockTables } from './block-tables.ts';
import type { CachePolicy } from './cache-policy.ts';
import { ContiguousCache } from './contiguous-cache.ts';
import { EventRing } from './event-ring.ts';
import { GroupBlocks } from './group-blocks.ts';
import { GroupOffloaders } from './group-offloaders.ts';
import type { KvCache } from './kv-cache.ts';
import { KvOffloader, MAX_STORING } from './kv-offloader.ts';
import { MissExplainer } from './miss-explainer.ts';
import { NoCache } from './no-cache.ts';
import type { OffloadStore } from './offload-store.ts';
import { PagedCache } from './paged-cache.ts';
import { PrefixTree } from './prefix-tree.ts';

export interface CacheGroup {
  readonly keeps: KvKeeps;
  readonly blocks: number;
  /** the offload store behind a paged cache: all groups have one, or none has */
  readonly store?: OffloadStore | undefined;
}

export interface CacheShape {
  /** maximum nodes of the prefix tree that have no blocks; half a million by default */
  readonly maxEmptyNodes?: number;
  /** groups of layers */
  readonly groups: readonly CacheGroup[];
  /** tokens per block */
  readonly blockSize: number;
  readonly contextLength: number;
  /** maximum number of concurrent sequences */
  readonly maxRunning: number;
  /** maximum tokens that a step computes for one sequence; the context length by default */
  readonly stepTokens?: number;
  readonly events?: EventRing;
}

export function createCache(policy: CachePolicy, shape: CacheShape): KvCache {
  if (policy === 'paged') return createPagedCache(shape);
  // These policies hold the same positions for every group: they are the baselines that a sharing cache is compared
  // with.
  const blocks = Math.min(...shape.groups.map((group) => group.blocks));
  const whole = { ...shape, blocks, groups: shape.groups.length };
  return policy === 'contiguous'
    ? new ContiguousCache(whole)
    : new NoCache(new BlockPool(blocks), createTables(shape, 1), whole);
}

export function createPagedCache(shape: CacheShape): PagedCache {
  const { blockSize, contextLength, stepTokens = contextLength, events = new EventRing() } = shape;
  const nodes = treeNodes(shape);
  const most = 4 * shape.groups.reduce((sum, { blocks }) => sum + blocks, 0);
  const tree: PrefixTree = new PrefixTree({
    nodes,
    blockSize,
    groups: shape.groups.length,
    onRemove(node) {
      misses.nodeRemoved(node);
      offloaders?.nodeRemoved(node);
    },
  });
  const misses = new MissExplainer(tree, { nodes, blockSize, most });
  const groups = shape.groups.map((group, index) => new GroupBlocks(index, group, tree, events));
  const perGroup = groups.flatMap((group) => {
    const { store } = shape.groups[group.group]!;
    return store === undefined ? [] : [new KvOffloader(store, group, tree, { blockSize, events })];
  });
  const offloaders = perGroup.length === 0 ? undefined : new GroupOffloaders(perGroup, groups, blockSize);
  const tables = createTables(shape, groups.length);
  return new PagedCache({
    groups,
    tree,
    tables,
    misses,
    offloaders,
    events,
    blockSize,
    contextLength,
    stepTokens,
  });
}

// Limits the memory of nodes without blocks, which is allocated in addition to KV memory. A sequence that would need
// more nodes waits or is preempted, as if there were no blocks for it.
const MAX_EMPTY_NODES = 2 ** 19;

// A node is in the tree because it has a block, because it is a root, or because a longer text continues it.
// Ancestors of a block in a group that keeps all positions have blocks themselves. Ancestors of a block in a group
// with a window may have none: up to a whole context of such nodes belongs to each sequence that is running or being
// stored. Blocks that are only cached are evicted when nodes run short.
function treeNodes(shape: CacheShape): number {
  const { groups, maxRunning, contextLength, blockSize, maxEmptyNodes = MAX_EMPTY_NODES } = shape;
  const blocks = groups.reduce((sum, group) => sum + group.blocks, 0);
  const windows = groups.filter(({ keeps }) => keeps !== 'all');
  const whole = Math.ceil(contextLength / blockSize) + 2;
  const perRunning = windows.length === groups.length ? whole : 2;
  const storing = MAX_STORING * windows.filter(({ store }) => store !== undefined).length;
  const wanted = maxRunning * perRunning + storing * whole;
  return 2 * blocks + Math.min(wanted, Math.max(2 * whole, maxEmptyNodes));
}

const createTables = ({ maxRunning, contextLength, blockSize }: CacheShape, groups: number): BlockTables =>
  new BlockTables(maxRunning, groups, Math.ceil(contextLength / blockSize));
