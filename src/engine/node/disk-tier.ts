// The store behind one group of layers in an engine's KV memory: turns texts into keys, and blocks of KV memory into
// stored ones and back. A key is the SHA-256 of the key before it and a block's tokens; the first one comes from the
// engine's fingerprint, the group and the salt. So a key stands for all that its block's bits depend on, and to know a
// key is to be allowed to use its block.

import { hash } from 'node:crypto';
import type { BlockId } from '../../base/ids.ts';
import type { Executable } from '../../kernels/backend.ts';
import type { BlockKey, OffloadStore } from '../../kv/offload-store.ts';
import type { BlockStore } from './block-store.ts';
import { Semaphore } from './semaphore.ts';

export interface DiskTierParts {
  readonly store: BlockStore;
  /** of all that can change a bit of a key or a value; 64 hexadecimal digits */
  readonly fingerprint: string;
  readonly executable: Executable;
  /** of layers */
  readonly group: number;
  /** blocks of the group that the store can hold at most */
  readonly capacity: number;
}

const LOADING = 8; // blocks at once: they are written to KV memory between two steps of others

export class DiskTier implements OffloadStore {
  readonly capacity: number;
  readonly #store: BlockStore;
  readonly #fingerprint: string;
  readonly #executable: Executable;
  readonly #group: number;
  readonly #loading = new Semaphore(LOADING);

  constructor({ store, fingerprint, executable, group, capacity }: DiskTierParts) {
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
    if (!this.#store.writes || this.#store.keeps(key)) return;
    const content = await this.#executable.readBlock(this.#group, block);
    this.#store.write({ fingerprint: this.#fingerprint, key }, content);
  }
}
