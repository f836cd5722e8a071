// The blocks of one layer group: the pool of blocks, and the node of the prefix tree to which each block belongs.

import { assert } from '../base/assert.ts';
import { type BlockId, type NodeId, nodeId } from '../base/ids.ts';
import type { KvKeeps } from '../base/model/kv-layout.ts';
import { BlockPool } from './block-pool.ts';
import type { EventRing } from './event-ring.ts';
import type { PrefixTree } from './prefix-tree.ts';

const NONE = -1;

export class GroupBlocks {
  readonly group: number;
  readonly retention: KvKeeps;
  readonly pool: BlockPool;
  readonly #tree: PrefixTree;
  readonly #events: EventRing;
  readonly #nodes: Int32Array; // [blocks] the node of each block, or NONE

  constructor(
    group: number,
    { retention, blocks }: { retention: KvKeeps; blocks: number },
    tree: PrefixTree,
    events: EventRing,
  ) {
    this.group = group;
    this.retention = retention;
    this.pool = new BlockPool(blocks);
    this.#tree = tree;
    this.#events = events;
    this.#nodes = new Int32Array(blocks).fill(NONE);
  }

  /** Returns the node of a block; undefined if the block is not in the tree. */
  nodeOf(block: BlockId): NodeId | undefined {
    const node = this.#nodes[block]!;
    return node === NONE ? undefined : nodeId(node);
  }

  /** Returns how many tokens of a block are in the tree. */
  tokenCount(block: BlockId): number {
    const node = this.nodeOf(block);
    return node === undefined ? 0 : this.#tree.tokenCount(node);
  }

  /** Returns the group's block of a node; undefined when it has none. */
  blockOf(node: NodeId): BlockId | undefined {
    return this.#tree.blockOf(node, this.group);
  }

  /** Returns whether a running sequence owns the block. A transfer to or from the offload store does not count. */
  hasRunningOwner(block: BlockId): boolean {
    return this.pool.ownerCount(block) > this.pool.pinCount(block);
  }

  /** Assigns the block to a node of the tree, so that later prompts can find it. */
  attach(node: NodeId, block: BlockId): void {
    assert(this.#nodes[block] === NONE, 'a block belongs to at most one node');
    this.#nodes[block] = node;
    this.#tree.setBlock(node, this.group, block);
  }

  /** Removes the block from the tree, if it is there. */
  detach(block: BlockId): void {
    const node = this.nodeOf(block);
    if (node === undefined) return;
    this.#nodes[block] = NONE;
    this.#tree.clearBlock(node, this.group);
  }

  share(block: BlockId): BlockId {
    this.pool.share(block);
    this.#events.push('shared', block, this.pool.ownerCount(block), this.group);
    return block;
  }

  /** Removes an owner of a block that is not in the tree; without owners the block is free. */
  free(block: BlockId): void {
    this.pool.release(block, false);
    if (this.pool.ownerCount(block) === 0) this.#events.push('freed', block, 0, this.group);
  }

  /** Removes a cached block from the tree and frees it. */
  discard(block: BlockId): void {
    this.detach(block);
    this.pool.discard(block);
    this.#events.push('freed', block, 0, this.group);
  }
}
