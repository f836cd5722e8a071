// The blocks of KV memory as numbers: which are free, how many owners each has, and how many are promised
// to sequences that will need them. It knows no tensors. All state is typed arrays made once.

import { assert } from '../base/assert.ts';
import { type BlockId, blockId } from '../base/ids.ts';

export class BlockPool {
  readonly size: number;
  readonly #owners: Int32Array; // [size] reference counts, 0 = free
  readonly #free: Int32Array; // [size] stack of free ids
  #freeCount: number;
  #promised = 0;

  /** @param size blocks */
  constructor(size: number) {
    this.size = size;
    this.#owners = new Int32Array(size);
    this.#free = Int32Array.from({ length: size }, (_, i) => size - 1 - i);
    this.#freeCount = size;
  }

  /** free blocks that are not promised to anyone */
  get available(): number {
    return this.#freeCount - this.#promised;
  }

  get freeCount(): number {
    return this.#freeCount;
  }

  get promised(): number {
    return this.#promised;
  }

  owners(block: BlockId): number {
    return this.#owners[block]!;
  }

  /** Sets `count` blocks aside for later `takePromised`; the caller has checked `available`. */
  promise(count: number): void {
    assert(count <= this.available, 'more blocks promised than there are');
    this.#promised += count;
  }

  unpromise(count: number): void {
    assert(count <= this.#promised, 'more promises returned than were made');
    this.#promised -= count;
  }

  /** A free block, owned once; uses up one promise. */
  takePromised(): BlockId {
    assert(this.#promised > 0 && this.#freeCount > 0, 'a block taken without a promise');
    this.#promised--;
    const block = this.#free[--this.#freeCount]!;
    this.#owners[block] = 1;
    return blockId(block);
  }

  /** One more owner of a block that has some. */
  share(block: BlockId): void {
    assert(this.#owners[block]! > 0, 'a free block cannot be shared');
    this.#owners[block]!++;
  }

  /** One owner less; the last one frees the block. */
  release(block: BlockId): void {
    assert(this.#owners[block]! > 0, 'a block released twice');
    if (--this.#owners[block]! === 0) this.#free[this.#freeCount++] = block;
  }
}
