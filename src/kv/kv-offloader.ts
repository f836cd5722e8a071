// Transfers blocks of one group of layers between memory and the offload store. Full blocks are queued when their
// reference count drops to zero, and loaded when a prompt continues beyond its prefix in memory. A block is pinned
// during its transfer. In a group that keeps all positions the blocks before it are pinned too, because they must not
// be evicted sooner. A queued block is not pinned: it is stored if the store processes it before it is reused, so a
// slow store delays no sequence.

import type { BlockId, NodeId } from '../base/ids.ts';
import type { EventRing } from './event-ring.ts';
import type { GroupBlocks } from './group-blocks.ts';
import type { BlockKey, OffloadStore } from './offload-store.ts';
import type { PrefixTree } from './prefix-tree.ts';

/**
 * Maximum blocks of a group that are stored at once. Reading a block out of KV memory takes some time between two
 * steps.
 */
export const MAX_STORING = 4;
// Share of all blocks that must stay available to sequences while blocks are pinned for storing.
const RESERVED_SHARE = 1 / 8;

export class KvOffloader {
  readonly #store: OffloadStore;
  readonly #blocks: GroupBlocks;
  readonly #tree: PrefixTree;
  readonly #blockSize: number;
  readonly #events: EventRing;
  readonly #transfers = new Set<Promise<unknown>>();
  readonly #queued = new Set<BlockId>(); // full blocks of the tree that wait to be stored, in order of arrival
  #storing = 0; // blocks
  #awaitingStore = false;
  #flushing = false;
  readonly #keys = new Map<NodeId, BlockKey>(); // of full nodes, as far as they were requested

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

  /** Returns at once whether the store has a block. The answer may be wrong; `load` checks it. */
  has(key: BlockKey): boolean {
    return this.#store.has(key);
  }

  /** Returns the key of the text that ends with a full node. */
  keyOf(node: NodeId): BlockKey {
    const unknown: NodeId[] = [];
    let key: BlockKey | undefined;
    for (let at = node; key === undefined; ) {
      const parent = this.#tree.parentOf(at);
      if (parent === undefined) key = this.#store.rootKey(this.#tree.saltOf(at));
      else {
        unknown.push(at);
        at = parent;
        key = this.#keys.get(at);
      }
    }
    for (const next of unknown.reverse()) {
      key = this.#keys.get(next) ?? this.#store.keyOf(key, this.#tree.tokensOf(next));
      this.#keys.set(next, key);
    }
    return key;
  }

  /** Returns the key of the text that extends `parent` by the block of tokens at offset `at`. */
  keyAfter(parent: BlockKey, tokens: Int32Array, at: number): BlockKey {
    return this.#store.keyOf(parent, tokens.subarray(at, at + this.#blockSize));
  }

  rootKey(salt: string): BlockKey {
    return this.#store.rootKey(salt);
  }

  /** Settles when one of the current transfers ends; undefined when there is none. */
  get nextTransfer(): Promise<unknown> | undefined {
    return this.#transfers.size === 0 ? undefined : Promise.race(this.#transfers);
  }

  /**
   * Loads blocks from the store; returns for each whether its content is valid. The blocks stay pinned until `unpin`.
   */
  async load(keys: readonly BlockKey[], blocks: readonly BlockId[]): Promise<boolean[]> {
    for (const block of blocks) this.#blocks.pool.pin(block);
    // Blocks written to the store in the meantime must not evict the ones about to be read. Ends of texts are evicted
    // first.
    for (const key of keys.toReversed()) if (this.#store.has(key)) this.#store.touch(key);
    const load = async (key: BlockKey, block: BlockId): Promise<boolean> => this.#store.load(key, block);
    const loading = Promise.all(keys.map((key, i) => load(key, blocks[i]!).catch(() => false)));
    this.#track(loading);
    return loading;
  }

  /** Unpins blocks after `load`; those that were attached to nodes stay cached. */
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
   * On shutdown: stores every full block without an owner, as far as the store has room. The most recently used come
   * first, and the start of a text before its end. Settles when all of them were processed.
   */
  async flush(): Promise<void> {
    this.#flushing = true;
    this.#queued.clear();
    while (this.nextTransfer !== undefined) await this.nextTransfer; // a block pinned for a transfer would not be in the list
    const { pool } = this.#blocks;
    const full = [...pool.allocationOrder()].filter((block) => this.#blocks.count(block) === this.#blockSize);
    const kept = this.#store.capacity === 0 ? [] : full.slice(-this.#store.capacity);
    const isStored = (block: BlockId): boolean => this.#store.has(this.#keyOfBlock(block));
    for (const block of kept) if (isStored(block)) this.#store.touch(this.#keyOfBlock(block));
    for (const block of kept.reverse()) if (!isStored(block)) this.#queued.add(block);
    this.#storeNext();
    while (this.#storing + this.#queued.size > 0) {
      const next = this.nextTransfer ?? this.#store.busy;
      if (next === undefined) return;
      await next;
    }
  }

  /** Called when a node is about to leave the tree. */
  nodeRemoved(node: NodeId): void {
    this.#keys.delete(node);
  }

  /** Removes a block from the queue because it is about to be reused. */
  withdraw(block: BlockId): void {
    this.#queued.delete(block);
  }

  #storeNext(): void {
    for (const block of this.#queued) {
      if (this.#storing === MAX_STORING || this.#storeIsBusy() || !this.#canPin(block)) return;
      this.#queued.delete(block);
      this.#startStoring(block);
    }
  }

  #storeIsBusy(): boolean {
    const { busy } = this.#store;
    if (busy === undefined) return false;
    if (!this.#awaitingStore) {
      this.#awaitingStore = true;
      const goOn = (): void => {
        this.#awaitingStore = false;
        this.#storeNext();
      };
      busy.then(goOn, goOn); // a store that fails rejects each block
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
    this.#track(store().then(done, done)); // a block that was not stored is computed again
  }

  // Storing cached blocks must not take blocks from running sequences.
  #canPin(block: BlockId): boolean {
    if (this.#flushing) return true;
    const { pool } = this.#blocks;
    let left = pool.available;
    for (const one of this.#chainOf(block)) {
      if (pool.pins(one) > 0) break;
      if (pool.isCached(one)) left--;
    }
    return left >= pool.size * RESERVED_SHARE;
  }

  // The first pin of a block also pins its predecessor; removing the last one unpins the predecessor.
  #pinChain(block: BlockId): void {
    const { pool } = this.#blocks;
    for (const one of this.#chainOf(block)) {
      pool.pin(one);
      if (pool.pins(one) > 1) return;
    }
  }

  #unpinChain(block: BlockId): void {
    const { pool } = this.#blocks;
    for (const one of this.#chainOf(block)) {
      pool.unpin(one, true);
      if (pool.pins(one) > 0) return;
    }
  }

  // Yields the block and, in a group that keeps all positions, its predecessors. With a window, blocks do not depend
  // on predecessors.
  *#chainOf(block: BlockId): Iterable<BlockId> {
    yield block;
    if (this.#blocks.keeps !== 'all') return;
    for (let node = this.#tree.parentOf(this.#blocks.nodeOf(block)!); node !== undefined; ) {
      const before = this.#blocks.blockOf(node);
      if (before === undefined) return;
      yield before;
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
