// An offload store that stores blocks in a map, with configurable delays and failures.

import type { BlockId } from '../../../src/base/ids.ts';
import type { BlockKey, OffloadStore } from '../../../src/kv/offload-store.ts';

/** The KV memory from which the store reads blocks and into which it writes them. */
export interface BlockMemory {
  read(block: BlockId): Int32Array;
  write(block: BlockId, content: Int32Array): void;
}

export interface StoreFaults {
  /** returns how many iterations of the event loop a transfer takes */
  readonly delay: () => number;
  /** returns whether the next operation fails */
  readonly shouldFail: () => boolean;
}

export class SimulatedStore implements OffloadStore {
  readonly stored = new Map<BlockKey, Int32Array>();
  capacity = Number.POSITIVE_INFINITY;
  busy: Promise<void> | undefined;
  loads = 0;
  readonly #memory: BlockMemory;
  readonly #faults: StoreFaults;

  constructor(memory: BlockMemory, faults: StoreFaults = { delay: () => 1, shouldFail: () => false }) {
    this.#memory = memory;
    this.#faults = faults;
  }

  rootKey(salt: string): BlockKey {
    return `${salt}:`;
  }

  keyOf(parent: BlockKey, tokens: Int32Array): BlockKey {
    return `${parent}/${tokens.join()}`;
  }

  has(key: BlockKey): boolean {
    return this.stored.has(key);
  }

  touch(_key: BlockKey): void {}

  async load(key: BlockKey, block: BlockId): Promise<boolean> {
    this.loads++;
    await this.#wait();
    if (this.#faults.shouldFail()) return false;
    const content = this.stored.get(key);
    if (content !== undefined) this.#memory.write(block, content);
    return content !== undefined;
  }

  async store(key: BlockKey, block: BlockId): Promise<void> {
    const content = this.#memory.read(block).slice();
    await this.#wait();
    if (this.#faults.shouldFail()) throw new Error('the store is full');
    this.stored.set(key, content);
  }

  async #wait(): Promise<void> {
    for (let iterations = this.#faults.delay(); iterations > 0; iterations--) await new Promise(setImmediate);
  }
}
