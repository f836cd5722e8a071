// The blocks of KV memory as numbers: which are owned and how often, which are kept, and in which order the kept
// ones give way. It knows neither tokens nor tensors. All state is typed arrays made once.
//
// Blocks without an owner stand in one list: the empty ones first, then the kept ones, least recently used
// first. `take` takes the first. A chain is released from its end, so its deepest block gives way first, and a
// kept block never goes before the blocks that continue it.

import { assert } from '../base/assert.ts';
import { type BlockId, blockId } from '../base/ids.ts';

/** `free` holds nothing, `owned` has owners, `cached` has none and holds computed tokens, `pinned` is being read or written. */
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
  // The list: [size + 1] each, the last entry is its head and its end.
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  #available: number;
  #cached = 0;

  /** @param size blocks */
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

  /** blocks that `take` can give: free and cached */
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

  /** of the owners: input and output under way */
  pins(block: BlockId): number {
    return this.#pins[block]!;
  }

  /** The block that `take` would give; undefined when all are owned. */
  nextBlock(): BlockId | undefined {
    return this.#available === 0 ? undefined : blockId(this.#next[this.size]!);
  }

  /** The cached block that is evicted first; undefined when none is cached. */
  oldestCached(): BlockId | undefined {
    if (this.#cached === 0) return undefined;
    for (const block of this.allocationOrder()) if (this.isCached(block)) return block;
    return undefined;
  }

  /** Takes the first block of the list, owned once; what it held is lost. The caller has checked `available`. */
  allocate(): BlockId {
    const block = this.nextBlock();
    assert(block !== undefined, 'a block taken where none is left');
    this.#own(block);
    return block;
  }

  /** One more owner: of a block that has some, or of one that is kept. */
  share(block: BlockId): void {
    assert(this.#state[block] !== FREE, 'an empty block cannot be shared');
    if (this.#state[block] === CACHED) this.#own(block);
    else this.#owners[block]!++;
  }

  /** One owner less. The last one leaves the block `cached` (the last to give way) or `free` (the first). */
  release(block: BlockId, keep: boolean): void {
    assert(this.#owners[block]! > 0, 'a block released twice');
    if (--this.#owners[block]! > 0) return;
    this.#state[block] = keep ? CACHED : FREE;
    if (keep) this.#cached++;
    this.#insert(block, keep ? this.#previous[this.size]! : this.size);
    this.#available++;
  }

  /** A kept block whose tokens nobody can find any more: it becomes free. */
  discard(block: BlockId): void {
    assert(this.#state[block] === CACHED, 'only a kept block can be forgotten');
    this.#cached--;
    this.#state[block] = FREE;
    this.#unlink(block);
    this.#insert(block, this.size);
  }

  /** A kept block was used, though nobody took it: it gives way last. */
  touch(block: BlockId): void {
    assert(this.#state[block] === CACHED, 'only a kept block can be touched');
    this.#unlink(block);
    this.#insert(block, this.#previous[this.size]!);
  }

  /** Counts as an owner until `unpin`: the block is read or written outside of a step. */
  pin(block: BlockId): void {
    this.share(block);
    this.#pins[block]!++;
  }

  unpin(block: BlockId, keep: boolean): void {
    assert(this.#pins[block]! > 0, 'a block unpinned twice');
    this.#pins[block]!--;
    this.release(block, keep);
  }

  /** Blocks without an owner in the order in which they are taken. */
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
