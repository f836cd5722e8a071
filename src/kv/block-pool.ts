// The blocks of KV memory as numbers: reference counts, which blocks are cached, and the order in which cached blocks
// are evicted. The pool does not handle tokens or tensors. All state is in typed arrays, allocated once.
//
// Blocks without an owner are in one list: free blocks first, then cached blocks, least recently used first.
// `allocate` takes the first block of the list. The blocks of a text are released from its end, so the last block of
// a text is evicted first, and a cached block is never evicted before the blocks that continue it.

import { assert } from '../base/assert.ts';
import { type BlockId, blockId } from '../base/ids.ts';

/**
 * `free`: holds nothing. `owned`: has owners. `cached`: has no owner and holds computed tokens. `pinned`: is being
 * transferred.
 */
export type BlockState = 'free' | 'owned' | 'cached' | 'pinned';

const FREE = 0;
const OWNED = 1;
const CACHED = 2;
const STATES: readonly BlockState[] = ['free', 'owned', 'cached'];

export class BlockPool {
  /** blocks */
  readonly size: number;
  readonly #state: Uint8Array; // [size]
  readonly #owners: Int32Array; // [size] reference counts, pins included
  readonly #pins: Int32Array; // [size] of them: input and output under way
  // Doubly linked list, [size + 1] each; the last entry is both head and end marker.
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  #available: number;
  #cached = 0;

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
    this.#available = size;
  }

  /** number of blocks that `allocate` can return: free and cached ones */
  get available(): number {
    return this.#available;
  }

  state(block: BlockId): BlockState {
    if (this.#pins[block]! > 0) return 'pinned';
    return STATES[this.#state[block]!]!;
  }

  isCached(block: BlockId): boolean {
    return this.#state[block] === CACHED;
  }

  owners(block: BlockId): number {
    return this.#owners[block]!;
  }

  /** owners that are transfers to or from the offload store */
  pins(block: BlockId): number {
    return this.#pins[block]!;
  }

  /** The block that `allocate` would return; undefined when all blocks have owners. */
  nextBlock(): BlockId | undefined {
    return this.#available === 0 ? undefined : blockId(this.#next[this.size]!);
  }

  /** The cached block that is evicted first; undefined when none is cached. */
  oldestCached(): BlockId | undefined {
    if (this.#cached === 0) return undefined;
    for (const block of this.allocationOrder()) if (this.isCached(block)) return block;
    return undefined;
  }

  /**
   * Allocates the first block of the list with one owner; its content is discarded. The caller must check `available`
   * first.
   */
  allocate(): BlockId {
    const block = this.nextBlock();
    assert(block !== undefined, 'no block is available');
    this.#own(block);
    return block;
  }

  /** Adds an owner to a block that is owned or cached. */
  share(block: BlockId): void {
    assert(this.#state[block] !== FREE, 'a free block cannot be shared');
    if (this.#state[block] === CACHED) this.#own(block);
    else this.#owners[block]!++;
  }

  /** Removes an owner. The last one leaves the block `cached` (evicted last) or `free` (allocated first). */
  release(block: BlockId, keep: boolean): void {
    assert(this.#owners[block]! > 0, 'a block is released more often than acquired');
    if (--this.#owners[block]! > 0) return;
    this.#state[block] = keep ? CACHED : FREE;
    if (keep) this.#cached++;
    this.#insert(block, keep ? this.#previous[this.size]! : this.size);
    this.#available++;
  }

  /** Frees a cached block whose tokens can no longer be found. */
  discard(block: BlockId): void {
    assert(this.#state[block] === CACHED, 'only a cached block can be discarded');
    this.#cached--;
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

  /** Adds an owner until `unpin`, because the block is being transferred outside of a step. */
  pin(block: BlockId): void {
    this.share(block);
    this.#pins[block]!++;
  }

  unpin(block: BlockId, keep: boolean): void {
    assert(this.#pins[block]! > 0, 'a block is unpinned more often than pinned');
    this.#pins[block]!--;
    this.release(block, keep);
  }

  /** Blocks without an owner, in the order in which they will be allocated. */
  *allocationOrder(): Iterable<BlockId> {
    for (let block = this.#next[this.size]!; block !== this.size; block = this.#next[block]!) {
      yield blockId(block);
    }
  }

  #own(block: BlockId): void {
    if (this.#state[block] === CACHED) this.#cached--;
    this.#unlink(block);
    this.#available--;
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
