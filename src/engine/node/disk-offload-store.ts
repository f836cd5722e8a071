// The offload store of one group of layers: copies blocks between KV memory and the disk cache, under content-addressed
// keys. A key is the SHA-256 of the previous block's key and the block's tokens; the root key hashes the engine's
// fingerprint, the group and the salt. A key therefore identifies everything that the block's bits depend on, and only
// a request with the same salt can compute it.

import { hash } from 'node:crypto';
import type { BlockId } from '../../base/ids.ts';
import type { Executable } from '../../kernels/backend.ts';
import type { BlockKey, OffloadStore } from '../../kv/offload-store.ts';
import type { DiskBlockCache } from './disk-block-cache.ts';
import { Semaphore } from './semaphore.ts';

export interface DiskOffloadSetup {
  readonly store: DiskBlockCache;
  /** identifies everything that affects the bits of keys and values; 64 hexadecimal digits */
  readonly fingerprint: string;
  readonly executable: Executable;
  /** index of the group of layers */
  readonly group: number;
  /** most blocks of the group that the disk can hold */
  readonly capacity: number;
}

const MAX_LOADS = 8; // blocks loaded at once; they are written to KV memory between two steps

export class DiskOffloadStore implements OffloadStore {
  readonly capacity: number;
  readonly #store: DiskBlockCache;
  readonly #fingerprint: string;
  readonly #executable: Executable;
  readonly #group: number;
  readonly #loading = new Semaphore(MAX_LOADS);

  constructor({ store, fingerprint, executable, group, capacity }: DiskOffloadSetup) {
    this.#store = store;
    this.#fingerprint = fingerprint;
    this.#executable = executable;
    this.#group = group;
    this.capacity = capacity;
  }

  get busy(): Promise<void> | undefined {
    return this.#store.busy;
  }

  rootKey(salt: string): BlockKey {
    return hash('sha256', JSON.stringify({ kv: this.#fingerprint, group: this.#group, salt }));
  }

  keyOf(parent: BlockKey, tokens: Int32Array): BlockKey {
    const text = Buffer.allocUnsafe(parent.length / 2 + tokens.byteLength);
    text.write(parent, 'hex');
    text.set(new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength), parent.length / 2);
    return hash('sha256', text);
  }

  has(key: BlockKey): boolean {
    return this.#store.has(key);
  }

  touch(key: BlockKey): void {
    this.#store.use(key);
  }

  async load(key: BlockKey, block: BlockId): Promise<boolean> {
    return this.#loading.run(async () => {
      const content = await this.#store.read({ fingerprint: this.#fingerprint, key });
      if (content === undefined) return false;
      await this.#executable.writeBlock(this.#group, block, content);
      return true;
    });
  }

  async store(key: BlockKey, block: BlockId): Promise<void> {
    if (!this.#store.writes || this.#store.hasOrWrites(key)) return;
    const content = await this.#executable.readBlock(this.#group, block);
    this.#store.write({ fingerprint: this.#fingerprint, key }, content);
  }
}
