// What a cache policy answers: where a sequence's keys and values live, and which of them are already
// computed. It knows token ids and block ids, no tensors, no requests, no files.
//
// A sequence's life: `open` (admission, prefix found) -> `extend` before each step (blocks for its tokens)
// -> `commit` after it -> `chosen` when a next token was chosen -> `close`.

import type { CachePolicy } from '../base/completer.ts';
import type { BlockId } from '../base/ids.ts';

export interface CachedSequence {
  /** block i holds the tokens from i * blockSize */
  readonly blocks: BlockId[];
  /** tokens, from the first, whose keys and values are in the blocks */
  computed: number;
}

/** Blocks to be copied before the next step appends anything: from, to, from, to, ... */
export type BlockCopies = number[];

export interface KvUsage {
  /** tokens that the held blocks have room for: running sequences and kept ones */
  readonly reservedTokens: number;
  /** tokens computed in them, shared ones counted once */
  readonly usedTokens: number;
}

export interface KvCache {
  readonly policy: CachePolicy;
  /** tokens in a block */
  readonly blockSize: number;
  /** longest sequence that can ever be admitted, in tokens */
  readonly maxLength: number;
  /**
   * Admits a sequence and finds what is computed of it: at most all but the last of `prompt`, whose logits
   * are needed. Undefined when there is no room now; there will be when others close.
   * @param length most tokens it will ever have
   */
  open(prompt: Int32Array, length: number, copies: BlockCopies): CachedSequence | undefined;
  /** Gives the sequence blocks of its own for tokens `computed` to `length`. */
  extend(sequence: CachedSequence, length: number, copies: BlockCopies): void;
  /** The first `length` tokens are computed now. */
  commit(sequence: CachedSequence, length: number): void;
  /** The next token was chosen from the tokens so far. */
  chosen(sequence: CachedSequence): void;
  /** The sequence ends; `tokens` are its tokens, and what is computed of them may be kept. */
  close(sequence: CachedSequence, tokens: Int32Array): void;
  usage(): KvUsage;
}
