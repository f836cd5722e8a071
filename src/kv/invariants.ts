// What must hold between any two operations of a paged cache. Tests call it after each; it is far too slow for
// anything else.

import { assert } from '../base/assert.ts';
import { type BlockId, blockId } from '../base/ids.ts';
import { blockAt } from './block-tables.ts';
import type { PagedCache } from './paged-cache.ts';
import type { TreePlace, TreeRoot } from './prefix-tree.ts';

/** Raises an AssertionError that names what is broken. */
export function checkInvariants(cache: PagedCache): void {
  const owners = countOwners(cache);
  const order = [...cache.pool.order()];
  checkPool(cache, owners, order);
  checkTree(cache, order);
  checkSequences(cache);
  checkUsage(cache, order);
}

// How many running sequences hold each block. [blocks]
function countOwners({ pool, running }: PagedCache): Int32Array {
  const owners = new Int32Array(pool.size);
  for (const sequence of running) {
    for (let i = 0; i < sequence.blockCount; i++) owners[blockAt(sequence, i)]!++;
  }
  return owners;
}

function checkPool({ pool, tree }: PagedCache, owners: Int32Array, order: readonly BlockId[]): void {
  const listed = new Set(order);
  assert(listed.size === order.length, 'a block stands in the list twice');
  assert(order.length === pool.available, `${order.length} blocks are listed, ${pool.available} counted`);
  for (let i = 0; i < pool.size; i++) {
    const block = blockId(i);
    const state = pool.state(block);
    const held = owners[block]! + pool.pins(block);
    assert(pool.owners(block) === held, `block ${i} has ${held} owners and counts ${pool.owners(block)}`);
    assert(listed.has(block) === (held === 0), `block ${i} is ${state} and ${held} hold it`);
    if (state === 'free') assert(!tree.has(block), `block ${i} is free and in the tree`);
    if (state === 'cached') assert(tree.has(block), `block ${i} is kept and cannot be found`);
  }
  const firstCached = order.findIndex((block) => pool.isCached(block));
  const lastFree = order.findLastIndex((block) => !pool.isCached(block));
  assert(firstCached < 0 || lastFree < firstCached, 'a kept block gives way before an empty one');
}

function checkTree({ pool, tree, blockSize, running }: PagedCache, order: readonly BlockId[]): void {
  const users = new Map<TreeRoot, number>();
  for (const { root } of running) users.set(root, (users.get(root) ?? 0) + 1);
  const reached = new Set<BlockId>();
  const visit = (place: TreePlace): void => {
    for (const child of tree.childrenOf(place)) {
      assert(!reached.has(child), `block ${child} is in the tree twice`);
      reached.add(child);
      assert(tree.parentOf(child) === place, `block ${child} names another parent`);
      const tokens = tree.tokensOf(child);
      if (tokens.length === blockSize) {
        const found = tree.fullChild(place, tokens, 0);
        assert(found !== undefined, `full block ${child} cannot be found`);
        assert(found === child, `blocks ${child} and ${found} hold the same`);
        visit(child);
      } else {
        assert(!tree.hasChildren(child), `block ${child} is not full and goes on`);
      }
    }
  };
  for (const root of tree.roots) {
    visit(root);
    const children = [...tree.childrenOf(root)].length;
    assert(root.users === children + (users.get(root) ?? 0), `salt "${root.salt}" counts its users wrongly`);
  }
  for (let i = 0; i < pool.size; i++) {
    assert(tree.has(blockId(i)) === reached.has(blockId(i)), `block ${i} hangs on no root`);
  }
  checkOrder(tree, order);
}

// The end of a text gives way before its beginning, and an owner of a block owns all before it.
function checkOrder(tree: PagedCache['tree'], order: readonly BlockId[]): void {
  const position = new Map(order.map((block, i) => [block, i]));
  for (const block of order) {
    if (!tree.has(block)) continue;
    for (const child of tree.childrenOf(block)) {
      const at = position.get(child);
      assert(at !== undefined, `block ${block} is nobody's and its child ${child} is held`);
      assert(at < position.get(block)!, `block ${block} gives way before its child ${child}`);
    }
  }
}

function checkSequences({ tree, running, blockSize }: PagedCache): void {
  const slots = new Set<number>();
  for (const sequence of running) {
    assert(!slots.has(sequence.slot), `block table ${sequence.slot} is used twice`);
    slots.add(sequence.slot);
    assert(sequence.computed <= sequence.blockCount * blockSize, 'tokens computed beyond the blocks');
    for (let i = 1; i < sequence.blockCount; i++) {
      const block = blockAt(sequence, i);
      if (!tree.has(block)) continue;
      assert(tree.parentOf(block) === blockAt(sequence, i - 1), `block ${block} follows another block`);
    }
  }
}

function checkUsage(cache: PagedCache, order: readonly BlockId[]): void {
  const { pool, blockSize } = cache;
  const { totalTokens, reservedTokens, usedTokens, cachedTokens } = cache.usage();
  const held = countOwners(cache);
  let onlyPinned = 0;
  for (let i = 0; i < pool.size; i++) if (held[i] === 0 && pool.pins(blockId(i)) > 0) onlyPinned++;
  const others = (order.length + onlyPinned) * blockSize;
  assert(reservedTokens + others === totalTokens, 'reserved and other tokens do not add up');
  assert(usedTokens <= reservedTokens && cachedTokens <= others, 'more tokens used than there is room for');
}
