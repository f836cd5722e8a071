// Transfers the blocks of one layer group between memory and the offload store. A full block is queued when its reference
// count drops to zero. Stored blocks are loaded when a prompt matches more of them than of the blocks in memory. A block is
// pinned during its transfer. In a group that retains all positions the preceding blocks of the text are pinned too, because
// they must not be evicted before the block. A queued block is not pinned: if the block is reused before the store processes
// it, it is not stored. A slow store therefore delays no sequence.

import type { BlockId, NodeId } from '../base/ids.ts';
import type { EventRing } from './event-ring.ts';
import type { GroupBlocks } from './group-blocks.ts';
import type { BlockKey, OffloadStore } from './offload-store.ts';
import type { PrefixTree } from './prefix-tree.ts';

/**
 * Maximum number of blocks of a group that are stored concurrently. Reading a block from KV memory takes some time
 * between two steps.
 */
export const MAX_CONCURRENT_WRITES = 4;
// Fraction of all blocks that must stay available to sequences while blocks are pinned for storing.
const RESERVED_SHARE = 1 / 8;

export class KvOffloader {
  readonly #store: OffloadStore;
  readonly #blocks: GroupBlocks;
  readonly #tree: PrefixTree;
  readonly #blockSize: number;
  readonly #events: EventRing;
  readonly #transfers = new Set<Promise<unknown>>();
  readonly #queued = new Set<BlockId>(); // full blocks of the tree that wait to be stored, first in, first out
  #storing = 0; // number of blocks that are being stored
  #awaitingStore = false;
  #flushing = false;
  readonly #keys = new Map<NodeId, BlockKey>(); // keys of full nodes, computed on request

  constructor(
    store: OffloadStore,
    blocks: GroupBlocks,
    tree: PrefixTree,
    { blockSize, events }: { blockSize: number; events: EventRing },
  ) {
    this.#store = store;
    this.#blocks = blocks;
    this.#tree = tree;
    this.#blockSize = blockSize;
    this.#events = events;
  }

  /** Returns whether the store has a block, without reading the block. The answer may be wrong; `load` checks it. */
  has(key: BlockKey): boolean {
    return this.#store.has(key);
  }

  /** Returns the key of the text that ends with a full node. */
  keyOf(fullNode: NodeId): BlockKey {
    const nodesWithoutKey: NodeId[] = [];
    let key: BlockKey | undefined;
    for (let node = fullNode; key === undefined; ) {
      const parent = this.#tree.parentOf(node);
      if (parent === undefined) key = this.#store.rootKey(this.#tree.saltOf(node));
      else {
        nodesWithoutKey.push(node);
        node = parent;
        key = this.#keys.get(node);
      }
    }
    for (const next of nodesWithoutKey.reverse()) {
      key = this.#keys.get(next) ?? this.#store.keyOf(key, this.#tree.tokensOf(next));
      this.#keys.set(next, key);
    }
    return key;
  }

  /** Returns the key of the text that extends `parent` by the block of tokens that starts at `offset`. */
  keyAfter(parent: BlockKey, tokens: Int32Array, offset: number): BlockKey {
    return this.#store.keyOf(parent, tokens.subarray(offset, offset + this.#blockSize));
  }

  rootKey(salt: string): BlockKey {
    return this.#store.rootKey(salt);
  }

  /** Settles when any of the current transfers ends; undefined if there are none. */
  get nextTransfer(): Promise<unknown> | undefined {
    return this.#transfers.size === 0 ? undefined : Promise.race(this.#transfers);
  }

  /**
   * Loads blocks from the store; returns for each whether its content is valid. The blocks stay pinned until `unpin`.
   */
  async load(keys: readonly BlockKey[], blocks: readonly BlockId[]): Promise<boolean[]> {
    for (const block of blocks) this.#blocks.pool.pin(block);
    // Blocks written to the store in the meantime must not evict the blocks about to be read. The end of the text is
    // touched first, so that it is evicted first.
    for (const key of keys.toReversed()) if (this.#store.has(key)) this.#store.touch(key);
    const load = async (key: BlockKey, block: BlockId): Promise<boolean> => this.#store.load(key, block);
    const loading = Promise.all(keys.map((key, i) => load(key, blocks[i]!).catch(() => false)));
    this.#track(loading);
    return loading;
  }

  /** Unpins blocks after `load`. Blocks that belong to a node stay cached. */
  unpin(blocks: readonly BlockId[]): void {
    for (const block of blocks.toReversed()) {
      this.#blocks.pool.unpin(block, this.#blocks.nodeOf(block) !== undefined);
    }
  }

  /** Queues a full block whose last owner is about to release it. */
  enqueue(block: BlockId): void {
    const key = this.#keyOfBlock(block);
    if (this.#store.has(key)) return this.#store.touch(key);
    this.#queued.add(block);
    this.#storeNext();
  }

  /**
   * Stores the full blocks without an owner on shutdown, as many as fit in the store: the most recently used blocks
   * first, and the start of a text before its end. Settles when all these blocks were processed.
   */
  async flush(): Promise<void> {
    this.#flushing = true;
    this.#queued.clear();
    while (this.nextTransfer !== undefined) await this.nextTransfer; // pinned blocks are not in the allocation order
    const { pool } = this.#blocks;
    const full = [...pool.allocationOrder()].filter(
      (block) => this.#blocks.tokenCount(block) === this.#blockSize,
    );
    const selected = this.#store.capacity === 0 ? [] : full.slice(-this.#store.capacity);
    const isStored = (block: BlockId): boolean => this.#store.has(this.#keyOfBlock(block));
    for (const block of selected) if (isStored(block)) this.#store.touch(this.#keyOfBlock(block));
    for (const block of selected.reverse()) if (!isStored(block)) this.#queued.add(block);
    this.#storeNext();
    while (this.#storing + this.#queued.size > 0) {
      const next = this.nextTransfer ?? this.#store.busy;
      if (next === undefined) return;
      await next;
    }
  }

  /** Must be called before a node is removed from the tree. */
  nodeRemoved(node: NodeId): void {
    this.#keys.delete(node);
  }

  /** Removes a block from the queue because it is about to be reused. */
  withdraw(block: BlockId): void {
    this.#queued.delete(block);
  }

  #storeNext(): void {
    for (const block of this.#queued) {
      if (this.#storing === MAX_CONCURRENT_WRITES || this.#storeIsBusy() || !this.#canPin(block)) return;
      this.#queued.delete(block);
      this.#startStoring(block);
    }
  }

  #storeIsBusy(): boolean {
    const { busy } = this.#store;
    if (busy === undefined) return false;
    if (!this.#awaitingStore) {
      this.#awaitingStore = true;
      const resume = (): void => {
        this.#awaitingStore = false;
        this.#storeNext();
      };
      busy.then(resume, resume); // also when `busy` rejects: the store then rejects each block
    }
    return true;
  }

  #startStoring(block: BlockId): void {
    this.#pinChain(block);
    this.#storing++;
    this.#events.push('stored', block, 0, this.#blocks.group);
    const done = (): void => {
      this.#storing--;
      this.#unpinChain(block);
      this.#storeNext();
    };
    const store = async (): Promise<void> => this.#store.store(this.#keyOfBlock(block), block);
    this.#track(store().then(done, done)); // errors are ignored: a block that was not stored is computed again when it is needed
  }

  // Returns whether enough blocks stay available to running sequences while the block is pinned.
  #canPin(block: BlockId): boolean {
    if (this.#flushing) return true;
    const { pool } = this.#blocks;
    let available = pool.availableCount;
    for (const chainBlock of this.#chainOf(block)) {
      if (pool.pinCount(chainBlock) > 0) break;
      if (pool.isCached(chainBlock)) available--;
    }
    return available >= pool.size * RESERVED_SHARE;
  }

  // Pins the block and its predecessors, up to the first block that is already pinned: its predecessors are pinned too.
  #pinChain(block: BlockId): void {
    const { pool } = this.#blocks;
    for (const chainBlock of this.#chainOf(block)) {
      pool.pin(chainBlock);
      if (pool.pinCount(chainBlock) > 1) return;
    }
  }

  // Unpins the block, and the predecessors of each block that has no other pin.
  #unpinChain(block: BlockId): void {
    const { pool } = this.#blocks;
    for (const chainBlock of this.#chainOf(block)) {
      pool.unpin(chainBlock, true);
      if (pool.pinCount(chainBlock) > 0) return;
    }
  }

  // Yields the block and, in a group that retains all positions, its predecessors. In a group with a window, a block can
  // be used without its predecessors.
  *#chainOf(block: BlockId): Iterable<BlockId> {
    yield block;
    if (this.#blocks.retention !== 'all') return;
    for (let node = this.#tree.parentOf(this.#blocks.nodeOf(block)!); node !== undefined; ) {
      const previous = this.#blocks.blockOf(node);
      if (previous === undefined) return;
      yield previous;
      node = this.#tree.parentOf(node);
    }
  }

  #track(work: Promise<unknown>): void {
    const settled: Promise<boolean> = work.then(
      () => this.#transfers.delete(settled),
      () => this.#transfers.delete(settled),
    );
    this.#transfers.add(settled); // callers only await the end of a transfer, not its result
  }

  #keyOfBlock(block: BlockId): BlockKey {
    return this.keyOf(this.#blocks.nodeOf(block)!);
  }
}
