// A cache of each policy.

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
  /** behind a paged cache: of all groups or of none */
  readonly store?: OffloadStore | undefined;
}

export interface CacheShape {
  /** most nodes of the prefix tree that are there without blocks; half a million when absent */
  readonly maxEmptyNodes?: number;
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

// Nodes without blocks cost memory beside the KV memory: a sequence whose tokens would need more of them waits, or is
// preempted, as one for which there are no blocks.
const MAX_EMPTY_NODES = 2 ** 19;

// A node has a block, is a root, or is there for what follows it. Below a block of a group that keeps all there is nothing
// of the last kind; below one of a window there may be a whole context of it, while the block belongs to a sequence that
// runs or is being stored: what is only cached is evicted where nodes are short.
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
