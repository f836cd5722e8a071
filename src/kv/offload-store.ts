// The interface of a store for blocks that is slower and larger than memory, such as a disk. The store is
// content-addressed: the key of a block identifies the text up to the end of the block, and everything else on which the
// bits of the block depend. Any process that computes the same key, at any time, can use the stored block.

import type { BlockId } from '../base/ids.ts';

export type BlockKey = string;

export interface OffloadStore {
  /** maximum number of stored blocks */
  readonly capacity: number;
  /** Undefined while the store accepts blocks; otherwise a promise that settles when `store` can be tried again. */
  readonly busy: Promise<unknown> | undefined;
  /** Returns the key of the empty text with a salt. It identifies the model, the numerics and the salt. */
  rootKey(salt: string): BlockKey;
  /** Returns the key of the text that extends `parent` by a block of `tokens`. */
  keyOf(parent: BlockKey, tokens: Int32Array): BlockKey;
  /** Returns whether a block is stored, without reading the block. The answer may be wrong; `load` checks it. */
  has(key: BlockKey): boolean;
  /** Marks a stored block as recently used, because its copy in memory was used. */
  touch(key: BlockKey): void;
  /** Reads a block into KV memory. Returns false when it is missing or damaged, which is a cache miss. */
  load(key: BlockKey, block: BlockId): Promise<boolean>;
  /** Reads a block from KV memory and stores it if possible. Settles as soon as the block may be overwritten. */
  store(key: BlockKey, block: BlockId): Promise<void>;
}
