// A slower and larger place for blocks than memory: a disk, one day another machine. It is content-addressed: the
// key of a block stands for the whole text up to its end and for everything that its bits depend on, so whoever
// has the key of a text can use what is stored under it, in another process and another year.

import type { BlockId } from '../base/ids.ts';

export type BlockKey = string;

export interface OffloadStore {
  /** Blocks that it can hold at most. */
  readonly capacity: number;
  /** While it takes no block: settles when it is worth asking again. Undefined when it takes one now. */
  readonly busy: Promise<unknown> | undefined;
  /** Where the chains of a salt begin: a key of model, numerics and salt. */
  rootKey(salt: string): BlockKey;
  /** The key of the text that goes on from `parent` by a block of `tokens`. */
  keyOf(parent: BlockKey, tokens: Int32Array): BlockKey;
  /** Whether a block is there; at once, and perhaps wrong: `load` decides. */
  has(key: BlockKey): boolean;
  /** A block that it has was used in memory, and gives way later than others. */
  touch(key: BlockKey): void;
  /** Reads a block into KV memory. False when it is gone or damaged: a miss, not an error. */
  load(key: BlockKey, block: BlockId): Promise<boolean>;
  /** Takes a block's content out of KV memory, and keeps it if it can; settles as soon as the block may change. */
  store(key: BlockKey, block: BlockId): Promise<void>;
}
