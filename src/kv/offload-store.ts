// The interface of a store for blocks that is slower and larger than memory, such as a disk. It is content-addressed:
// the key of a block identifies the whole text up to its end and everything else its bits depend on. Any process that
// computes the same key, at any time, can use the stored block.

import type { BlockId } from '../base/ids.ts';

export type BlockKey = string;

export interface OffloadStore {
  /** maximum number of blocks it can store */
  readonly capacity: number;
  /** While the store accepts no block: settles when a retry makes sense. Undefined when it accepts one now. */
  readonly busy: Promise<unknown> | undefined;
  /** Returns the key from which the keys of a salt are derived: of model, numerics and salt. */
  rootKey(salt: string): BlockKey;
  /** Returns the key of the text that extends `parent` by a block of `tokens`. */
  keyOf(parent: BlockKey, tokens: Int32Array): BlockKey;
  /** Returns at once whether a block is stored. The answer may be wrong; `load` checks it. */
  has(key: BlockKey): boolean;
  /** Marks a stored block as recently used because it was used in memory. */
  touch(key: BlockKey): void;
  /** Reads a block into KV memory. Returns false when it is missing or damaged: a cache miss, not an error. */
  load(key: BlockKey, block: BlockId): Promise<boolean>;
  /** Reads a block out of KV memory and stores it if possible; settles as soon as the block may be overwritten. */
  store(key: BlockKey, block: BlockId): Promise<void>;
}
