// Manages the blocks of KV memory by number: their reference counts, which blocks are cached, and the order in which
// cached blocks are evicted. The pool does not handle tokens or tensors. All state is in typed arrays, allocated once.
//
// Blocks without an owner are in one list: free blocks first, then cached blocks, least recently used first. `allocate`
// returns the first block of the list. The cache releases the blocks of a text from its end. So the last block of a
// text is evicted first, and a block is evicted only after the blocks that continue its text.

import { assert } from '../base/assert.ts';
import { type BlockId, blockId } from '../base/ids.ts';

/**
 * `free`: has no owner and no usable content. `owned`: has owners. `cached`: has no owner and contains computed tokens.
 * `pinned`: is being transferred to or from the offload store.
 */
export type BlockState = 'free' | 'owned' | 'cached' | 'pinned';

const FREE = 0;
const OWNED = 1;
const CACHED = 2;
const STATES: readonly BlockState[] = ['free', 'owned', 'cached'];

export class BlockPool {
  /** number of blocks */
  readonly size: number;
  readonly #state: Uint8Array; // [size]
  readonly #owners: Int32Array; // [size] number of owners of each block, pins included
  readonly #pins: Int32Array; // [size] number of owners that are transfers
  // Doubly linked list, [size + 1] each; the last entry marks both ends of the list.
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  #availableCount: number;
  #cachedCount = 0;

  /** @param size number of blocks */
  constructor(size: number) {
    this.size = size;
    this.#state = new Uint8Array(size);
    this.#owners = new Int32Array(size);
    this.#pins = new Int32Array(size);
    this.#next = Int32Array.from({ length: size + 1 }, (_, i) => (i + 1) % (size + 1));
    this.#previous = Int32Array.from({ length: size + 1 }, (_, i) => (i + size) % (size + 1));
    this.#next[size] = size === 0 ? size : 0;
    this.#previous[0] = size;
    this.#availableCount = size;
  }

  /** number of blocks that `allocate` can return: free and cached ones */
  get availableCount(): number {
    return this.#availableCount;
  }

  state(block: BlockId): BlockState {
    if (this.#pins[block]! > 0) return 'pinned';
    return STATES[this.#state[block]!]!;
  }

  isCached(block: BlockId): boolean {
    return this.#state[block] === CACHED;
  }

  ownerCount(block: BlockId): number {
    return this.#owners[block]!;
  }

  /** Returns how many owners of a block are transfers to or from the offload store. */
  pinCount(block: BlockId): number {
    return this.#pins[block]!;
  }

  /** Returns the block that `allocate` would return; undefined when all blocks have owners. */
  nextBlock(): BlockId | undefined {
    return this.#availableCount === 0 ? undefined : blockId(this.#next[this.size]!);
  }

  /** Returns the cached block that is evicted first; undefined when no block is cached. */
  oldestCachedBlock(): BlockId | undefined {
    if (this.#cachedCount === 0) return undefined;
    for (const block of this.allocationOrder()) if (this.isCached(block)) return block;
    return undefined;
  }

  /**
   * Allocates the first block of the list with one owner; its content is discarded. The caller must check
   * `availableCount` first.
   */
  allocate(): BlockId {
    const block = this.nextBlock();
    assert(block !== undefined, 'no block is available');
    this.#addFirstOwner(block);
    return block;
  }

  /** Adds an owner to a block that is owned or cached. */
  share(block: BlockId): void {
    assert(this.#state[block] !== FREE, 'a free block cannot be shared');
    if (this.#state[block] === CACHED) this.#addFirstOwner(block);
    else this.#owners[block]!++;
  }

  /** Removes an owner. A block without owners becomes cached (evicted last) or, if not `keepCached`, free (allocated first). */
  release(block: BlockId, keepCached: boolean): void {
    assert(this.#owners[block]! > 0, 'a block is released more often than acquired');
    if (--this.#owners[block]! > 0) return;
    this.#state[block] = keepCached ? CACHED : FREE;
    if (keepCached) this.#cachedCount++;
    this.#insert(block, keepCached ? this.#previous[this.size]! : this.size);
    this.#availableCount++;
  }

  /** Frees a cached block. */
  discard(block: BlockId): void {
    assert(this.#state[block] === CACHED, 'only a cached block can be discarded');
    this.#cachedCount--;
    this.#state[block] = FREE;
    this.#unlink(block);
    this.#insert(block, this.size);
  }

  /** Marks a cached block as most recently used. */
  touch(block: BlockId): void {
    assert(this.#state[block] === CACHED, 'only a cached block can be touched');
    this.#unlink(block);
    this.#insert(block, this.#previous[this.size]!);
  }

  /** Adds an owner until `unpin`: a transfer that runs independently of the steps. */
  pin(block: BlockId): void {
    this.share(block);
    this.#pins[block]!++;
  }

  unpin(block: BlockId, keepCached: boolean): void {
    assert(this.#pins[block]! > 0, 'a block is unpinned more often than pinned');
    this.#pins[block]!--;
    this.release(block, keepCached);
  }

  /** Yields the blocks without an owner in the order in which they will be allocated. */
  *allocationOrder(): Iterable<BlockId> {
    for (let block = this.#next[this.size]!; block !== this.size; block = this.#next[block]!) {
      yield blockId(block);
    }
  }

  #addFirstOwner(block: BlockId): void {
    if (this.#state[block] === CACHED) this.#cachedCount--;
    this.#unlink(block);
    this.#availableCount--;
    this.#state[block] = OWNED;
    this.#owners[block] = 1;
  }

  #unlink(block: number): void {
    const next = this.#next[block]!;
    const previous = this.#previous[block]!;
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  #insert(block: number, after: number): void {
    const next = this.#next[after]!;
    this.#next[after] = block;
    this.#previous[block] = after;
    this.#next[block] = next;
    this.#previous[next] = block;
  }
}
