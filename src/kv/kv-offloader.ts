// Moves blocks of one group of layers between memory and a slower store: full blocks are offered to it when their
// reference count drops to zero, and read back when a prompt goes on beyond what memory holds. A block is pinned while it
// is read or written, and in a group that keeps all so are those before it, which must not be evicted sooner. A block
// that is only offered is not pinned: it is stored if the store comes to it before it is reused, so a slow store delays
// nobody.

import type { BlockId, NodeId } from '../base/ids.ts';
import type { EventRing } from './event-ring.ts';
import type { GroupBlocks } from './group-blocks.ts';
import type { BlockKey, OffloadStore } from './offload-store.ts';
import type { PrefixTree } from './prefix-tree.ts';

/** Blocks of a group that are stored at once: reading them out of KV memory takes a little time between two steps. */
export const MAX_STORING = 4;
// Of all blocks: what must be left for others while a chain is pinned.
const RESERVED_SHARE = 1 / 8;

export class KvOffloader {
  readonly #store: OffloadStore;
  readonly #blocks: GroupBlocks;
  readonly #tree: PrefixTree;
  readonly #blockSize: number;
  readonly #events: EventRing;
  readonly #transfers = new Set<Promise<unknown>>();
  readonly #queued = new Set<BlockId>(); // full blocks in the tree that the store has not come to, first come first
  #storing = 0; // blocks
  #awaitingStore = false;
  #flushing = false;
  readonly #keys = new Map<NodeId, BlockKey>(); // of full nodes, as far as they were asked for

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

  /** Whether the store has a block; at once, and perhaps wrong: `load` decides. */
  has(key: BlockKey): boolean {
    return this.#store.has(key);
  }

  /** The key of the text that ends with a full node. */
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

  /** The key of the text that goes on from `parent` with the block of tokens at `at`. */
  keyAfter(parent: BlockKey, tokens: Int32Array, at: number): BlockKey {
    return this.#store.keyOf(parent, tokens.subarray(at, at + this.#blockSize));
  }

  rootKey(salt: string): BlockKey {
    return this.#store.rootKey(salt);
  }

  /** Settles when one of the blocks that are being moved is at rest; undefined when none is moving. */
  get nextTransfer(): Promise<unknown> | undefined {
    return this.#transfers.size === 0 ? undefined : Promise.race(this.#transfers);
  }

  /** Reads blocks from the store. Which of them hold what they should; they are pinned until `unpin`. */
  async load(keys: readonly BlockKey[], blocks: readonly BlockId[]): Promise<boolean[]> {
    for (const block of blocks) this.#blocks.pool.pin(block);
    // What is written meanwhile must not push out what is about to be read; ends are pushed out before beginnings.
    for (const key of keys.toReversed()) if (this.#store.has(key)) this.#store.touch(key);
    const load = async (key: BlockKey, block: BlockId): Promise<boolean> => this.#store.load(key, block);
    const loading = Promise.all(keys.map((key, i) => load(key, blocks[i]!).catch(() => false)));
    this.#track(loading);
    return loading;
  }

  /** After `load`, when its blocks belong to nodes or do not. */
  unpin(blocks: readonly BlockId[]): void {
    for (const block of blocks.toReversed()) {
      this.#blocks.pool.unpin(block, this.#blocks.nodeOf(block) !== undefined);
    }
  }

  /** Offers a full block whose last owner is about to release it. */
  enqueue(block: BlockId): void {
    const key = this.#keyOfBlock(block);
    if (this.#store.has(key)) return this.#store.touch(key);
    this.#queued.add(block);
    this.#storeNext();
  }

  /**
   * At the end, when memory is no longer needed: offers every full block without an owner, as far as the store has
   * room, the last used first and beginnings of texts before their ends. Settles when the store has come to all.
   */
  async flush(): Promise<void> {
    this.#flushing = true;
    this.#queued.clear();
    while (this.nextTransfer !== undefined) await this.nextTransfer; // what is pinned meanwhile is not seen as idle
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

  /** A node is about to leave the tree. */
  nodeRemoved(node: NodeId): void {
    this.#keys.delete(node);
  }

  /** A block is about to be used for something else. */
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
      busy.then(goOn, goOn); // a store that fails says so for each block
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
    this.#track(store().then(done, done)); // what was not kept is computed again
  }

  // What runs must not lose blocks because idle ones are being stored.
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

  // The first pin of a block pins the one before it, and the last one that is taken back gives that back.
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

  // A block and, in a group that keeps all, those before it. Where a window slides none needs those before it.
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
    this.#transfers.add(settled); // one that waits only wants to know that it is over
  }

  #keyOfBlock(block: BlockId): BlockKey {
    return this.keyOf(this.#blocks.nodeOf(block)!);
  }
}
