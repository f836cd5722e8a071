// The store behind an engine's KV memory: turns texts into keys, and blocks of KV memory into stored ones and back.
// A key is the SHA-256 of the key before it and a block's tokens; the first one comes from the engine's fingerprint
// and the salt. So a key stands for all that its block's bits depend on, and whoever can name it may use it.

import { hash } from 'node:crypto';
import type { BlockId } from '../../base/ids.ts';
import type { Executable } from '../../kernels/backend.ts';
import type { BlockKey, TierStore } from '../../kv/tier-store.ts';
import type { BlockStore } from './block-store.ts';
import { Semaphore } from './semaphore.ts';

export interface DiskTierParts {
  readonly store: BlockStore;
  /** of all that can change a bit of a key or a value; 64 hexadecimal digits */
  readonly fingerprint: string;
  readonly executable: Executable;
  /** groups of layers in a block */
  readonly groups: number;
  /** of a block's file */
  readonly fileBytes: number;
}

const LOADING = 8; // blocks at once: they are written to KV memory between two steps of others

export class DiskTier implements TierStore {
  readonly capacity: number;
  readonly #store: BlockStore;
  readonly #fingerprint: string;
  readonly #executable: Executable;
  readonly #groups: readonly number[];
  readonly #loading = new Semaphore(LOADING);

  constructor({ store, fingerprint, executable, groups, fileBytes }: DiskTierParts) {
    this.#store = store;
    this.#fingerprint = fingerprint;
    this.#executable = executable;
    this.#groups = Array.from({ length: groups }, (_, group) => group);
    this.capacity = Math.floor(store.limitBytes / fileBytes);
  }

  get busy(): Promise<void> | undefined {
    return this.#store.busy;
  }

  rootKey(salt: string): BlockKey {
    return hash('sha256', JSON.stringify({ kv: this.#fingerprint, salt }));
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

  used(key: BlockKey): void {
    this.#store.use(key);
  }

  async load(key: BlockKey, block: BlockId): Promise<boolean> {
    return this.#loading.run(async () => {
      const groups = await this.#store.read({ fingerprint: this.#fingerprint, key });
      if (groups === undefined) return false;
      await Promise.all(
        this.#groups.map((group) => this.#executable.writeBlock(group, block, groups[group]!)),
      );
      return true;
    });
  }

  async store(key: BlockKey, block: BlockId): Promise<void> {
    if (!this.#store.writes || this.#store.keeps(key)) return;
    const groups = await Promise.all(this.#groups.map((group) => this.#executable.readBlock(group, block)));
    this.#store.write({ fingerprint: this.#fingerprint, key }, groups);
  }
}
