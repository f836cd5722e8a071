// The blocks of one group of layers: their pool, and the node of the prefix tree that each block belongs to.

import { assert } from '../base/assert.ts';
import { type BlockId, type NodeId, nodeId } from '../base/ids.ts';
import type { KvKeeps } from '../base/model/kv-layout.ts';
import { BlockPool } from './block-pool.ts';
import type { EventRing } from './event-ring.ts';
import type { PrefixTree } from './prefix-tree.ts';

const NONE = -1;

export class GroupBlocks {
  readonly group: number;
  readonly keeps: KvKeeps;
  readonly pool: BlockPool;
  readonly #tree: PrefixTree;
  readonly #events: EventRing;
  readonly #nodes: Int32Array; // [blocks] the node of a block, or NONE

  constructor(
    group: number,
    { keeps, blocks }: { keeps: KvKeeps; blocks: number },
    tree: PrefixTree,
    events: EventRing,
  ) {
    this.group = group;
    this.keeps = keeps;
    this.pool = new BlockPool(blocks);
    this.#tree = tree;
    this.#events = events;
    this.#nodes = new Int32Array(blocks).fill(NONE);
  }

  /** Undefined for a block that cannot be found through the tree. */
  nodeOf(block: BlockId): NodeId | undefined {
    const node = this.#nodes[block]!;
    return node === NONE ? undefined : nodeId(node);
  }

  /** Returns how many tokens of a block can be found through the tree. */
  count(block: BlockId): number {
    const node = this.nodeOf(block);
    return node === undefined ? 0 : this.#tree.count(node);
  }

  /** Returns the group's block of a node; undefined when it has none. */
  blockOf(node: NodeId): BlockId | undefined {
    return this.#tree.blockOf(node, this.group);
  }

  /** Returns whether a running sequence owns the block, as opposed to a transfer. */
  isRunning(block: BlockId): boolean {
    return this.pool.owners(block) > this.pool.pins(block);
  }

  attach(node: NodeId, block: BlockId): void {
    assert(this.#nodes[block] === NONE, 'a block belongs to one node');
    this.#nodes[block] = node;
    this.#tree.setBlock(node, this.group, block);
  }

  /** Removes the block from the tree, so that it is no longer found. */
  detach(block: BlockId): void {
    const node = this.nodeOf(block);
    if (node === undefined) return;
    this.#nodes[block] = NONE;
    this.#tree.clearBlock(node, this.group);
  }

  share(block: BlockId): BlockId {
    this.pool.share(block);
    this.#events.push('shared', block, this.pool.owners(block), this.group);
    return block;
  }

  /** Removes an owner of a block that is not in the tree. */
  free(block: BlockId): void {
    this.pool.release(block, false);
    if (this.pool.owners(block) === 0) this.#events.push('freed', block, 0, this.group);
  }

  /** Removes a cached block from the tree and frees it. */
  discard(block: BlockId): void {
    this.detach(block);
    this.pool.discard(block);
    this.#events.push('freed', block, 0, this.group);
  }
}
