// The blocks of one group of layers: which of them are in use, and which node of the prefix tree each belongs to.

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
  readonly #nodes: Int32Array; // [blocks] the node that a block belongs to

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

  /** Undefined for a block that holds nothing to be found. */
  nodeOf(block: BlockId): NodeId | undefined {
    const node = this.#nodes[block]!;
    return node === NONE ? undefined : nodeId(node);
  }

  /** Tokens that can be found in a block. */
  count(block: BlockId): number {
    const node = this.nodeOf(block);
    return node === undefined ? 0 : this.#tree.count(node);
  }

  /** The block of a node; undefined when the group has none. */
  blockOf(node: NodeId): BlockId | undefined {
    return this.#tree.blockOf(node, this.group);
  }

  /** Whether a running sequence owns the block; one that is only read or written is not running. */
  isRunning(block: BlockId): boolean {
    return this.pool.owners(block) > this.pool.pins(block);
  }

  attach(node: NodeId, block: BlockId): void {
    assert(this.#nodes[block] === NONE, 'a block belongs to one node');
    this.#nodes[block] = node;
    this.#tree.setBlock(node, this.group, block);
  }

  /** Nobody finds the block any more. */
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

  /** One owner less of a block that nobody finds. */
  free(block: BlockId): void {
    this.pool.release(block, false);
    if (this.pool.owners(block) === 0) this.#events.push('freed', block, 0, this.group);
  }

  /** A cached block that is no longer worth being found. */
  discard(block: BlockId): void {
    this.detach(block);
    this.pool.discard(block);
    this.#events.push('freed', block, 0, this.group);
  }
}
