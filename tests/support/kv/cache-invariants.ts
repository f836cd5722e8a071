// Checks the invariants of a paged cache. Tests call `checkInvariants` after each operation; it is too slow for production.

import { assert } from '../../../src/base/assert.ts';
import { type BlockId, blockId, type NodeId } from '../../../src/base/ids.ts';
import { blockAt } from '../../../src/kv/block-tables.ts';
import type { GroupBlocks } from '../../../src/kv/group-blocks.ts';
import type { PagedCache } from '../../../src/kv/paged-cache.ts';
import { firstRetainedPosition } from '../../../src/kv/window.ts';

/** Throws an AssertionError that describes the broken invariant. */
export function checkInvariants(cache: PagedCache): void {
  const nodes = checkTree(cache);
  for (const group of cache.groupBlocks) {
    const owners = countRunningOwners(cache, group);
    const order = [...group.pool.allocationOrder()];
    checkPool(group, owners, order);
    checkNodes(cache, group, nodes);
    if (group.retention === 'all') checkOrder(cache, group, order);
    checkUsage(cache, group, owners);
  }
  checkSequences(cache);
}

// Returns how many running sequences own each block. [blocks]
function countRunningOwners({ running }: PagedCache, { group, pool }: GroupBlocks): Int32Array {
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
  assert(listed.size === order.length, 'a block is in the allocation order twice');
  assert(
    order.length === pool.availableCount,
    `the allocation order has ${order.length} blocks, but ${pool.availableCount} are available`,
  );
  for (let i = 0; i < pool.size; i++) {
    const block = blockId(i);
    const state = pool.state(block);
    const expected = owners[block]! + pool.pinCount(block);
    assert(
      pool.ownerCount(block) === expected,
      `block ${i} has ${expected} owners, but its count is ${pool.ownerCount(block)}`,
    );
    assert(listed.has(block) === (expected === 0), `block ${i} is ${state} and has ${expected} owners`);
    const hasNode = group.nodeOf(block) !== undefined;
    if (state === 'free') assert(!hasNode, `block ${i} is free, but belongs to a node`);
    if (state === 'cached') assert(hasNode, `block ${i} is cached, but belongs to no node`);
  }
  const firstCached = order.findIndex((block) => pool.isCached(block));
  const lastFree = order.findLastIndex((block) => !pool.isCached(block));
  assert(firstCached < 0 || lastFree < firstCached, 'a cached block is allocated before a free block');
}

// Checks the reference counts of the tree; returns the nodes that are reachable from a root.
function checkTree({ tree, running, groupBlocks, blockSize }: PagedCache): Set<NodeId> {
  const retainers = new Map<NodeId, number>();
  for (const { lastFullNode } of running) retainers.set(lastFullNode, (retainers.get(lastFullNode) ?? 0) + 1);
  const reached = new Set<NodeId>();
  const visit = (node: NodeId): void => {
    assert(!reached.has(node), `node ${node} is in the tree twice`);
    reached.add(node);
    const children = [...tree.childrenOf(node)];
    const blocks = groupBlocks.filter((group) => group.blockOf(node) !== undefined).length;
    const references = children.length + blocks + (retainers.get(node) ?? 0);
    assert(references > 0, `node ${node} is in the tree without a reference`);
    assert(
      tree.referenceCount(node) === references,
      `node ${node} has ${references} references, but its count is ${tree.referenceCount(node)}`,
    );
    for (const child of children) {
      assert(tree.parentOf(child) === node, `node ${child} has another parent`);
      const tokens = tree.tokensOf(child);
      if (tokens.length === blockSize) {
        const foundNode = tree.fullChild(node, tokens, 0);
        assert(foundNode !== undefined, `full node ${child} is not found by its tokens`);
        assert(foundNode === child, `nodes ${child} and ${foundNode} have the same tokens`);
      } else {
        assert(!tree.hasChildren(child), `node ${child} is not full but has children`);
      }
      visit(child);
    }
  };
  for (const root of tree.roots) visit(root);
  for (const node of retainers.keys())
    assert(reached.has(node), `node ${node}, which a sequence retains, is not in the tree`);
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

// Checks that the end of a text is evicted before its beginning, and that the owner of a block owns all preceding blocks of
// the text.
function checkOrder({ tree }: PagedCache, group: GroupBlocks, order: readonly BlockId[]): void {
  const position = new Map(order.map((block, i) => [block, i]));
  for (const block of order) {
    const node = group.nodeOf(block);
    if (node === undefined) continue;
    for (const childNode of tree.childrenOf(node)) {
      const child = group.blockOf(childNode);
      if (child === undefined) continue;
      const childPosition = position.get(child);
      assert(childPosition !== undefined, `block ${block} has no owner, but its child ${child} has one`);
      assert(childPosition < position.get(block)!, `block ${block} is evicted before its child ${child}`);
    }
  }
}

function checkSequences({ tree, running, blockSize, groupBlocks }: PagedCache): void {
  const slots = new Set<number>();
  for (const { slot, tables, computed, lastFullNode, loads } of running) {
    assert(!slots.has(slot), `block table slot ${slot} is used twice`);
    slots.add(slot);
    const depth = depthOf(tree, lastFullNode);
    assert(
      depth === Math.floor(computed / blockSize),
      `${computed} tokens are computed, but the last full node is at depth ${depth}`,
    );
    for (const group of groupBlocks) {
      const table = tables[group.group]!;
      assert(table.end === tables[0]!.end, 'the tables of a sequence end at different positions');
      assert(computed <= table.end * blockSize, 'more tokens are computed than fit in the blocks');
      if (loads.length > 0) continue;
      const first = Math.floor(firstRetainedPosition(group.retention, computed) / blockSize);
      assert(table.first <= first, 'a window lacks blocks that later tokens attend to');
      let node: NodeId | undefined = lastFullNode;
      for (let i = depth - 1; i >= table.first; i--) {
        const blockNode = group.nodeOf(blockAt(table, i));
        assert(blockNode === node, `block ${i} of slot ${slot} belongs to node ${blockNode}, not ${node}`);
        node = tree.parentOf(node!);
      }
    }
  }
}

function depthOf(tree: PagedCache['tree'], node: NodeId): number {
  let depth = 0;
  for (let parent = tree.parentOf(node); parent !== undefined; parent = tree.parentOf(parent)) depth++;
  return depth;
}

function checkUsage(cache: PagedCache, { group, pool }: GroupBlocks, owners: Int32Array): void {
  const { totalTokens, reservedTokens, usedTokens, cachedTokens } = cache.usage()[group]!;
  const unreserved = owners.filter((count) => count === 0).length * cache.blockSize;
  assert(totalTokens === pool.size * cache.blockSize, 'the usage reports a wrong pool size');
  assert(reservedTokens + unreserved === totalTokens, 'reserved and other tokens do not sum to the total');
  assert(
    usedTokens <= reservedTokens && cachedTokens <= unreserved,
    'more tokens are used than reserved, or more are cached than available',
  );
}
