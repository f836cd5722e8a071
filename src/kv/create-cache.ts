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
import { KvOffloader, MAX_CONCURRENT_WRITES } from './kv-offloader.ts';
import { MissExplainer } from './miss-explainer.ts';
import { NoCache } from './no-cache.ts';
import type { OffloadStore } from './offload-store.ts';
import { PagedCache } from './paged-cache.ts';
import { PrefixTree } from './prefix-tree.ts';

export interface CacheGroup {
  /** positions of a sequence that the group retains */
  readonly retention: KvKeeps;
  /** number of blocks of the group */
  readonly blocks: number;
  /** offload store of a paged cache; either every group has a store or none */
  readonly store?: OffloadStore | undefined;
}

export interface CacheShape {
  /** maximum number of prefix tree nodes without blocks; 2^19 by default */
  readonly maxEmptyNodes?: number;
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
  // These policies are baselines for comparisons with the paged cache. They store the same positions in every layer
  // group, so the group with the fewest blocks limits them.
  const blocks = Math.min(...shape.groups.map((group) => group.blocks));
  const baselineShape = { ...shape, blocks, groups: shape.groups.length };
  return policy === 'contiguous'
    ? new ContiguousCache(baselineShape)
    : new NoCache(new BlockPool(blocks), createTables(shape, 1), baselineShape);
}

export function createPagedCache(shape: CacheShape): PagedCache {
  const { blockSize, contextLength, stepTokens = contextLength, events = new EventRing() } = shape;
  const nodes = maxTreeNodes(shape);
  const maxEvicted = 4 * shape.groups.reduce((sum, { blocks }) => sum + blocks, 0);
  const tree: PrefixTree = new PrefixTree({
    nodes,
    blockSize,
    groups: shape.groups.length,
    onRemove(node) {
      misses.nodeRemoved(node);
      offloaders?.nodeRemoved(node);
    },
  });
  const misses = new MissExplainer(tree, { nodes, blockSize, maxEvicted });
  const groups = shape.groups.map((group, index) => new GroupBlocks(index, group, tree, events));
  const offloaderPerGroup = groups.flatMap((group) => {
    const { store } = shape.groups[group.group]!;
    return store === undefined ? [] : [new KvOffloader(store, group, tree, { blockSize, events })];
  });
  const offloaders =
    offloaderPerGroup.length === 0 ? undefined : new GroupOffloaders(offloaderPerGroup, groups, blockSize);
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

// Limits the memory of nodes without blocks, which is allocated in addition to KV memory. A sequence for which no node
// is free waits or is preempted, as if no block were free.
const MAX_EMPTY_NODES = 2 ** 19;

// A node is in the tree because it has a block, because it is a root, or because a longer text continues it.
// Ancestors of a block in a group that retains all positions have blocks themselves. Ancestors of a block in a group
// with a window may have none: each sequence that is running or being stored has up to a context length of such nodes.
// Cached blocks without an owner are evicted when no node is free.
function maxTreeNodes(shape: CacheShape): number {
  const { groups, maxRunning, contextLength, blockSize, maxEmptyNodes = MAX_EMPTY_NODES } = shape;
  const blocks = groups.reduce((sum, group) => sum + group.blocks, 0);
  const windowGroups = groups.filter(({ retention }) => retention !== 'all');
  const nodesPerContext = Math.ceil(contextLength / blockSize) + 2;
  const nodesPerRunning = windowGroups.length === groups.length ? nodesPerContext : 2;
  const storing = MAX_CONCURRENT_WRITES * windowGroups.filter(({ store }) => store !== undefined).length;
  const emptyNodes = maxRunning * nodesPerRunning + storing * nodesPerContext;
  return 2 * blocks + Math.min(emptyNodes, Math.max(2 * nodesPerContext, maxEmptyNodes));
}

const createTables = ({ maxRunning, contextLength, blockSize }: CacheShape, groups: number): BlockTables =>
  new BlockTables(maxRunning, groups, Math.ceil(contextLength / blockSize));
