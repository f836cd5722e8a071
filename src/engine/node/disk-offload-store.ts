// The offload store of one layer group. It copies blocks between KV memory and the disk cache. The key of a block is the SHA-256 of
// the key of the previous block and the tokens of the block. The root key is a hash of the fingerprint of the engine, the layer
// group and the salt. Therefore a key identifies everything that the bits of the block depend on, and only a request with the
// same salt can compute the key.

import { hash } from 'node:crypto';
import type { BlockId } from '../../base/ids.ts';
import type { Executable } from '../../kernels/backend.ts';
import type { BlockKey, OffloadStore } from '../../kv/offload-store.ts';
import type { DiskBlockCache } from './disk-block-cache.ts';
import { Semaphore } from './semaphore.ts';

export interface DiskOffloadSetup {
  readonly cache: DiskBlockCache;
  /** identifies everything that affects the bits of keys and values; 64 hexadecimal digits */
  readonly fingerprint: string;
  readonly executable: Executable;
  /** index of the layer group */
  readonly group: number;
  /** maximum number of blocks of the layer group on disk */
  readonly capacity: number;
}

const MAX_CONCURRENT_LOADS = 8; // limits the memory for blocks that wait to be written to KV memory between two steps

export class DiskOffloadStore implements OffloadStore {
  readonly capacity: number;
  readonly #cache: DiskBlockCache;
  readonly #fingerprint: string;
  readonly #executable: Executable;
  readonly #group: number;
  readonly #loads = new Semaphore(MAX_CONCURRENT_LOADS);

  constructor({ cache, fingerprint, executable, group, capacity }: DiskOffloadSetup) {
    this.#cache = cache;
    this.#fingerprint = fingerprint;
    this.#executable = executable;
    this.#group = group;
    this.capacity = capacity;
  }

  get busy(): Promise<void> | undefined {
    return this.#cache.busy;
  }

  rootKey(salt: string): BlockKey {
    return hash('sha256', JSON.stringify({ kv: this.#fingerprint, group: this.#group, salt }));
  }

  keyOf(parent: BlockKey, tokens: Int32Array): BlockKey {
    const input = Buffer.allocUnsafe(parent.length / 2 + tokens.byteLength);
    input.write(parent, 'hex');
    input.set(new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength), parent.length / 2);
    return hash('sha256', input);
  }

  has(key: BlockKey): boolean {
    return this.#cache.has(key);
  }

  touch(key: BlockKey): void {
    this.#cache.use(key);
  }

  async load(key: BlockKey, block: BlockId): Promise<boolean> {
    return this.#loads.run(async () => {
      const content = await this.#cache.read({ fingerprint: this.#fingerprint, key });
      if (content === undefined) return false;
      await this.#executable.writeBlock(this.#group, block, content);
      return true;
    });
  }

  async store(key: BlockKey, block: BlockId): Promise<void> {
    if (!this.#cache.acceptsBlocks || this.#cache.hasOrQueued(key)) return;
    const content = await this.#executable.readBlock(this.#group, block);
    this.#cache.write({ fingerprint: this.#fingerprint, key }, content);
  }
}
