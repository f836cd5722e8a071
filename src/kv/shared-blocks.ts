// The blocks of all groups of layers together with the prefix tree that they are found by: allocating with eviction,
// copying, giving the tokens of a block a node, and releasing what may stay cached.

import { assert } from '../base/assert.ts';
import { commonPrefix } from '../base/common-prefix.ts';
import type { BlockId, NodeId } from '../base/ids.ts';
import type { BlockCopies } from './block-copies.ts';
import { type BlockTable, blockAt, holdsIndex } from './block-tables.ts';
import type { EventRing } from './event-ring.ts';
import type { GroupBlocks } from './group-blocks.ts';
import type { GroupOffloaders } from './group-offloaders.ts';
import type { MissExplainer } from './miss-explainer.ts';
import type { PrefixTree } from './prefix-tree.ts';

export interface SharedBlocksParts {
  readonly groups: readonly GroupBlocks[];
  readonly tree: PrefixTree;
  readonly misses: MissExplainer;
  /** absent when nothing is behind memory */
  readonly offloaders: GroupOffloaders | undefined;
  readonly events: EventRing;
  readonly blockSize: number;
}

/** A block of tokens that were computed: tokens[from] to tokens[end - 1] follow on `parent`. */
export interface ComputedBlock {
  readonly parent: NodeId;
  readonly tokens: Int32Array;
  readonly from: number;
  readonly end: number;
}

export class SharedBlocks {
  readonly groups: readonly GroupBlocks[];
  readonly tree: PrefixTree;
  readonly #misses: MissExplainer;
  readonly #offloaders: GroupOffloaders | undefined;
  readonly #events: EventRing;
  readonly #blockSize: number;

  constructor({ groups, tree, misses, offloaders, events, blockSize }: SharedBlocksParts) {
    this.groups = groups;
    this.tree = tree;
    this.#misses = misses;
    this.#offloaders = offloaders;
    this.#events = events;
    this.#blockSize = blockSize;
  }

  /** A block of its own; what it held is evicted. The caller has checked that one is available. */
  allocate(group: GroupBlocks): BlockId {
    const block = group.pool.nextBlock();
    assert(block !== undefined, 'a block taken where none is left');
    if (group.pool.isCached(block)) this.#evict(group, block);
    this.#events.push('allocated', block, 0, group.group);
    return group.pool.allocate();
  }

  /** A block of its own that `block` is copied to before the next step. */
  copyOf(group: GroupBlocks, block: BlockId, copies: BlockCopies): BlockId {
    const own = this.allocate(group);
    copies.add(group.group, block, own);
    this.#events.push('copied', block, own, group.group);
    return own;
  }

  /** Evicts until `count` nodes can be made. False when nothing is left to evict. */
  ensureFreeNodes(count = 1): boolean {
    while (this.tree.freeNodes < count) {
      const group = this.groups.find(({ pool }) => pool.oldestCached() !== undefined);
      const block = group?.pool.oldestCached();
      if (group === undefined || block === undefined) return false;
      this.#evict(group, block);
      group.pool.discard(block);
    }
    return true;
  }

  /**
   * One owner less. The last one leaves the block cached if it holds what no other block of the group holds, and
   * offers a full one to the slower store.
   */
  release(group: GroupBlocks, block: BlockId): void {
    const node = group.nodeOf(block);
    if (node === undefined) return group.free(block);
    const last = group.pool.owners(block) - group.pool.pins(block) === 1;
    const isFull = this.tree.isFull(node);
    if (last && !isFull && this.#isCovered(group, node)) {
      group.detach(block);
      return group.free(block);
    }
    if (last && isFull) this.#offloaders?.enqueue(group.group, block);
    group.pool.release(block, true);
    if (last) this.#events.push('cached', block, this.tree.count(node), group.group);
  }

  /**
   * Gives the block with an index in `tables` its node, so that others find it; returns the node. Where another
   * sequence computed the same meanwhile, its blocks take the place of these.
   */
  commit({ parent, tokens, from, end }: ComputedBlock, tables: readonly BlockTable[]): NodeId {
    const index = Math.floor(from / this.#blockSize);
    const isFull = end === from + this.#blockSize;
    const own = this.#nodeAt(tables, index);
    const twin = isFull ? this.tree.fullChild(parent, tokens, from) : undefined;
    if (twin !== undefined) {
      this.#useNodeBlocks(twin, tables, index);
      return twin;
    }
    if (own !== undefined) {
      const count = this.tree.count(own);
      if (from + count < end) this.tree.append(own, tokens, from + count, end);
    }
    const node = own ?? this.#insert({ parent, tokens, from, end }, tables, index);
    if (isFull) this.#misses.nodeFilled(node);
    return node;
  }

  #insert(
    { parent, tokens, from, end }: ComputedBlock,
    tables: readonly BlockTable[],
    index: number,
  ): NodeId {
    assert(this.ensureFreeNodes(), 'no node for a block that was computed');
    const node = this.tree.insert(parent, tokens, from, end);
    this.#useNodeBlocks(node, tables, index);
    return node;
  }

  // Where the node has a block, that one is held instead; where it has none, it gets the sequence's own.
  #useNodeBlocks(node: NodeId, tables: readonly BlockTable[], index: number): void {
    for (const group of this.groups) {
      const table = tables[group.group]!;
      if (!holdsIndex(table, index)) continue;
      const own = blockAt(table, index);
      if (group.nodeOf(own) === node) continue;
      const other = group.blockOf(node);
      if (other !== undefined) table.blocks[index] = group.share(other);
      group.detach(own);
      if (other === undefined) group.attach(node, own);
      else group.free(own);
    }
  }

  #nodeAt(tables: readonly BlockTable[], index: number): NodeId | undefined {
    for (const group of this.groups) {
      const table = tables[group.group]!;
      const node = holdsIndex(table, index) ? group.nodeOf(blockAt(table, index)) : undefined;
      if (node !== undefined) return node;
    }
    return undefined;
  }

  #evict(group: GroupBlocks, block: BlockId): void {
    const node = group.nodeOf(block)!;
    this.#events.push('evicted', block, this.tree.count(node), group.group);
    this.#offloaders?.withdraw(group.group, block);
    if (group.keeps === 'all') this.#discardInOtherGroups(group, node);
    group.detach(block);
  }

  // Without its block in a group that keeps all, a node is of no use to the other groups.
  #discardInOtherGroups(evicting: GroupBlocks, node: NodeId): void {
    for (const group of this.groups) {
      const block = group === evicting ? undefined : group.blockOf(node);
      if (block === undefined || !group.pool.isCached(block)) continue;
      this.#offloaders?.withdraw(group.group, block);
      group.discard(block);
    }
  }

  // Whether the group has another block with all that a partial node's block holds. Cached blocks that hold less than
  // this one are forgotten.
  #isCovered(group: GroupBlocks, node: NodeId): boolean {
    const own = this.tree.tokensOf(node);
    const covered: BlockId[] = [];
    for (const other of this.tree.childrenOf(this.tree.parentOf(node)!)) {
      const block = group.blockOf(other);
      if (other === node || block === undefined) continue;
      const theirs = this.tree.tokensOf(other);
      const common = commonPrefix(own, theirs);
      if (common === own.length) return true;
      if (common === theirs.length && group.pool.isCached(block)) covered.push(block);
    }
    for (const block of covered) group.discard(block);
    return false;
  }
}
