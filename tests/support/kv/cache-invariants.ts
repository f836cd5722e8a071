// The invariants of a paged cache. Tests check them after each operation; the checks are too slow for production.

import { assert } from '../../../src/base/assert.ts';
import { type BlockId, blockId, type NodeId } from '../../../src/base/ids.ts';
import { blockAt } from '../../../src/kv/block-tables.ts';
import type { GroupBlocks } from '../../../src/kv/group-blocks.ts';
import type { PagedCache } from '../../../src/kv/paged-cache.ts';
import { firstRetained } from '../../../src/kv/window.ts';

/** Throws an AssertionError that describes the broken invariant. */
export function checkInvariants(cache: PagedCache): void {
  const nodes = checkTree(cache);
  for (const group of cache.groupBlocks) {
    const owners = countOwners(cache, group);
    const order = [...group.pool.allocationOrder()];
    checkPool(group, owners, order);
    checkNodes(cache, group, nodes);
    if (group.keeps === 'all') checkOrder(cache, group, order);
    checkUsage(cache, group, owners);
  }
  checkSequences(cache);
}

// Returns how many running sequences own each block. [blocks]
function countOwners({ running }: PagedCache, { group, pool }: GroupBlocks): Int32Array {
  const owners = new Int32Array(pool.size);
  for (const { tables } of running) {
    const table = tables[group]!;
    for (let i = table.first; i < table.end; i++) owners[blockAt(table, i)]!++;
  }
  return owners;
}

function checkPool(group: GroupBlocks, owners: Int32Array, order: readonly BlockId[]): void {
  const { pool } = group;
  const listed = new Set(order);
  assert(listed.size === order.length, 'a block is in the list twice');
  assert(
    order.length === pool.available,
    `${order.length} blocks are listed, but ${pool.available} are counted`,
  );
  for (let i = 0; i < pool.size; i++) {
    const block = blockId(i);
    const state = pool.state(block);
    const held = owners[block]! + pool.pins(block);
    assert(pool.owners(block) === held, `block ${i} has ${held} owners, but counts ${pool.owners(block)}`);
    assert(listed.has(block) === (held === 0), `block ${i} is ${state} and has ${held} owners`);
    const isFound = group.nodeOf(block) !== undefined;
    if (state === 'free') assert(!isFound, `block ${i} is free, but belongs to a node`);
    if (state === 'cached') assert(isFound, `block ${i} is cached, but belongs to no node`);
  }
  const firstCached = order.findIndex((block) => pool.isCached(block));
  const lastFree = order.findLastIndex((block) => !pool.isCached(block));
  assert(firstCached < 0 || lastFree < firstCached, 'a cached block is evicted before a free one');
}

// Checks the reference counts of the tree; returns the nodes that are reachable from a root.
function checkTree({ tree, running, groupBlocks, blockSize }: PagedCache): Set<NodeId> {
  const holders = new Map<NodeId, number>();
  for (const { lastFullNode } of running) holders.set(lastFullNode, (holders.get(lastFullNode) ?? 0) + 1);
  const reached = new Set<NodeId>();
  const visit = (node: NodeId): void => {
    assert(!reached.has(node), `node ${node} is in the tree twice`);
    reached.add(node);
    const children = [...tree.childrenOf(node)];
    const blocks = groupBlocks.filter((group) => group.blockOf(node) !== undefined).length;
    const users = children.length + blocks + (holders.get(node) ?? 0);
    assert(users > 0, `node ${node} is in the tree without a reference`);
    assert(tree.users(node) === users, `node ${node} has ${users} users but a count of ${tree.users(node)}`);
    for (const child of children) {
      assert(tree.parentOf(child) === node, `node ${child} has another parent`);
      const tokens = tree.tokensOf(child);
      if (tokens.length === blockSize) {
        const found = tree.fullChild(node, tokens, 0);
        assert(found !== undefined, `full node ${child} cannot be found`);
        assert(found === child, `nodes ${child} and ${found} have the same tokens`);
      } else {
        assert(!tree.hasChildren(child), `node ${child} is not full but has children`);
      }
      visit(child);
    }
  };
  for (const root of tree.roots) visit(root);
  for (const node of holders.keys()) assert(reached.has(node), `held node ${node} is not in the tree`);
  return reached;
}

function checkNodes({ tree }: PagedCache, group: GroupBlocks, nodes: ReadonlySet<NodeId>): void {
  for (let i = 0; i < group.pool.size; i++) {
    const node = group.nodeOf(blockId(i));
    if (node === undefined) continue;
    assert(nodes.has(node), `block ${i} belongs to node ${node}, which is not in the tree`);
    assert(tree.blockOf(node, group.group) === i, `node ${node} and block ${i} disagree`);
  }
}

// The end of a text is evicted before its beginning, and the owner of a block owns all blocks before it.
function checkOrder({ tree }: PagedCache, group: GroupBlocks, order: readonly BlockId[]): void {
  const position = new Map(order.map((block, i) => [block, i]));
  for (const block of order) {
    const node = group.nodeOf(block);
    if (node === undefined) continue;
    for (const childNode of tree.childrenOf(node)) {
      const child = group.blockOf(childNode);
      if (child === undefined) continue;
      const at = position.get(child);
      assert(at !== undefined, `block ${block} has no owner, but its child ${child} has one`);
      assert(at < position.get(block)!, `block ${block} is evicted before its child ${child}`);
    }
  }
}

function checkSequences({ tree, running, blockSize, groupBlocks }: PagedCache): void {
  const slots = new Set<number>();
  for (const { slot, tables, computed, lastFullNode, loads } of running) {
    assert(!slots.has(slot), `block table slot ${slot} is used twice`);
    slots.add(slot);
    const depth = depthOf(tree, lastFullNode);
    assert(depth === Math.floor(computed / blockSize), `${computed} tokens computed at depth ${depth}`);
    for (const group of groupBlocks) {
      const table = tables[group.group]!;
      assert(table.end === tables[0]!.end, 'the tables of a sequence end at different positions');
      assert(computed <= table.end * blockSize, 'more tokens are computed than the blocks can hold');
      if (loads.length > 0) continue;
      const first = Math.floor(firstRetained(group.keeps, computed) / blockSize);
      assert(table.first <= first, 'a window lacks blocks that later tokens attend to');
      let node: NodeId | undefined = lastFullNode;
      for (let i = depth - 1; i >= table.first; i--) {
        const there = group.nodeOf(blockAt(table, i));
        assert(there === node, `block ${i} of slot ${slot} belongs to node ${there}, not ${node}`);
        node = tree.parentOf(node!);
      }
    }
  }
}

function depthOf(tree: PagedCache['tree'], node: NodeId): number {
  let depth = 0;
  for (let at = tree.parentOf(node); at !== undefined; at = tree.parentOf(at)) depth++;
  return depth;
}

function checkUsage(cache: PagedCache, { group, pool }: GroupBlocks, owners: Int32Array): void {
  const { totalTokens, reservedTokens, usedTokens, cachedTokens } = cache.usage()[group]!;
  const others = owners.filter((count) => count === 0).length * cache.blockSize;
  assert(totalTokens === pool.size * cache.blockSize, 'the usage reports another pool size');
  assert(reservedTokens + others === totalTokens, 'reserved and other tokens do not add up');
  assert(
    usedTokens <= reservedTokens && cachedTokens <= others,
    'more tokens are used than reserved or available',
  );
}
