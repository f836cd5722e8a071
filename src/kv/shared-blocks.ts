// Manages the blocks of all layer groups and the prefix tree: allocates blocks (evicting cached ones), copies blocks,
// attaches computed blocks to nodes, and releases blocks into the cache.

import { assert } from '../base/assert.ts';
import { commonPrefixLength } from '../base/common-prefix.ts';
import type { BlockId, NodeId } from '../base/ids.ts';
import type { BlockCopies } from './block-copies.ts';
import { type BlockTable, blockAt, containsIndex } from './block-tables.ts';
import type { EventRing } from './event-ring.ts';
import type { GroupBlocks } from './group-blocks.ts';
import type { GroupOffloaders } from './group-offloaders.ts';
import type { MissExplainer } from './miss-explainer.ts';
import type { PrefixTree } from './prefix-tree.ts';

export interface SharedBlocksParts {
  readonly groups: readonly GroupBlocks[];
  readonly tree: PrefixTree;
  readonly misses: MissExplainer;
  /** undefined without an offload store */
  readonly offloaders: GroupOffloaders | undefined;
  readonly events: EventRing;
  readonly blockSize: number;
}

/** A block of computed tokens. They are tokens[from] to tokens[end - 1], and directly follow those of `parent`. */
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

  /** Allocates a block; evicts its content if it is cached. The caller must check that a block is available. */
  allocate(group: GroupBlocks): BlockId {
    const block = group.pool.nextBlock();
    assert(block !== undefined, 'no block is available');
    if (group.pool.isCached(block)) this.#evict(group, block);
    this.#events.push('allocated', block, 0, group.group);
    return group.pool.allocate();
  }

  /** Allocates a block to which `block` is copied before the next step. */
  allocateCopy(group: GroupBlocks, block: BlockId, copies: BlockCopies): BlockId {
    const copy = this.allocate(group);
    copies.add(group.group, block, copy);
    this.#events.push('copied', block, copy, group.group);
    return copy;
  }

  /** Evicts blocks until `count` nodes can be created. Returns false when no cached block is left. */
  ensureFreeNodes(count = 1): boolean {
    while (this.tree.freeNodes < count) {
      const group = this.groups.find(({ pool }) => pool.oldestCachedBlock() !== undefined);
      const block = group?.pool.oldestCachedBlock();
      if (group === undefined || block === undefined) return false;
      this.#evict(group, block);
      group.pool.discard(block);
    }
    return true;
  }

  /**
   * Removes one owner of a block. When none is left, a full block stays cached and is queued for the offload store; a
   * partial block stays cached unless another block of the group has the same tokens; a block without a node is freed.
   */
  release(group: GroupBlocks, block: BlockId): void {
    const node = group.nodeOf(block);
    if (node === undefined) return group.free(block);
    const isLastOwner = group.pool.ownerCount(block) - group.pool.pinCount(block) === 1;
    const isFull = this.tree.isFull(node);
    if (isLastOwner && !isFull && this.#isCovered(group, node)) {
      group.detach(block);
      return group.free(block);
    }
    if (isLastOwner && isFull) this.#offloaders?.enqueue(group.group, block);
    group.pool.release(block, true);
    if (isLastOwner) this.#events.push('cached', block, this.tree.tokenCount(node), group.group);
  }

  /**
   * Attaches the block at an index of `tables` to its node in the tree, so that other sequences find it; returns the
   * node. If another sequence has already committed a full block of the same tokens, `tables` is changed to use that block.
   */
  commit({ parent, tokens, from, end }: ComputedBlock, tables: readonly BlockTable[]): NodeId {
    const index = Math.floor(from / this.#blockSize);
    const isFull = end === from + this.#blockSize;
    const ownNode = this.#nodeAt(tables, index);
    const duplicate = isFull ? this.tree.fullChild(parent, tokens, from) : undefined;
    if (duplicate !== undefined) {
      this.#useNodeBlocks(duplicate, tables, index);
      return duplicate;
    }
    if (ownNode !== undefined) {
      const count = this.tree.tokenCount(ownNode);
      if (from + count < end) this.tree.append(ownNode, tokens, from + count, end);
    }
    const node = ownNode ?? this.#insert({ parent, tokens, from, end }, tables, index);
    if (isFull) this.#misses.nodeFilled(node);
    return node;
  }

  #insert(
    { parent, tokens, from, end }: ComputedBlock,
    tables: readonly BlockTable[],
    index: number,
  ): NodeId {
    assert(this.ensureFreeNodes(), 'no free node for a computed block');
    const node = this.tree.insert(parent, tokens, from, end);
    this.#useNodeBlocks(node, tables, index);
    return node;
  }

  // In groups where the node has a block, the sequence uses that block. In the other groups the block of the sequence is
  // attached to the node.
  #useNodeBlocks(node: NodeId, tables: readonly BlockTable[], index: number): void {
    for (const group of this.groups) {
      const table = tables[group.group]!;
      if (!containsIndex(table, index)) continue;
      const ownBlock = blockAt(table, index);
      if (group.nodeOf(ownBlock) === node) continue;
      const nodeBlock = group.blockOf(node);
      if (nodeBlock !== undefined) table.blocks[index] = group.share(nodeBlock);
      group.detach(ownBlock);
      if (nodeBlock === undefined) group.attach(node, ownBlock);
      else group.free(ownBlock);
    }
  }

  // Returns the node of the block at an index of the tables; undefined if no group has a node for it.
  #nodeAt(tables: readonly BlockTable[], index: number): NodeId | undefined {
    for (const group of this.groups) {
      const table = tables[group.group]!;
      const node = containsIndex(table, index) ? group.nodeOf(blockAt(table, index)) : undefined;
      if (node !== undefined) return node;
    }
    return undefined;
  }

  #evict(group: GroupBlocks, block: BlockId): void {
    const node = group.nodeOf(block)!;
    this.#events.push('evicted', block, this.tree.tokenCount(node), group.group);
    this.#offloaders?.withdraw(group.group, block);
    if (group.retention === 'all') this.#discardInOtherGroups(group, node);
    group.detach(block);
  }

  // Discards the blocks of a node whose block in a group that retains all positions is evicted: they cannot be used alone.
  #discardInOtherGroups(evictingGroup: GroupBlocks, node: NodeId): void {
    for (const group of this.groups) {
      const block = group === evictingGroup ? undefined : group.blockOf(node);
      if (block === undefined || !group.pool.isCached(block)) continue;
      this.#offloaders?.withdraw(group.group, block);
      group.discard(block);
    }
  }

  // Returns whether another block of the group starts with all tokens of the partial node. If not, discards cached blocks
  // whose tokens are a prefix of those tokens.
  #isCovered(group: GroupBlocks, node: NodeId): boolean {
    const ownTokens = this.tree.tokensOf(node);
    const covered: BlockId[] = [];
    for (const other of this.tree.childrenOf(this.tree.parentOf(node)!)) {
      const block = group.blockOf(other);
      if (other === node || block === undefined) continue;
      const otherTokens = this.tree.tokensOf(other);
      const common = commonPrefixLength(ownTokens, otherTokens);
      if (common === ownTokens.length) return true;
      if (common === otherTokens.length && group.pool.isCached(block)) covered.push(block);
    }
    for (const block of covered) group.discard(block);
    return false;
  }
}
