// What a cache policy answers: where a sequence's keys and values are, and which of them are already computed. It
// knows token ids and block ids, no tensors, no requests, no files. docs/kv-cache.md goes through the operations of
// a sequence's life with an example: match and take, then reserve and commit for each step, and release.

import type { CacheMiss } from '../completion/cache-report.ts';
import type { BlockCopies } from './block-copies.ts';
import type { BlockTable } from './block-tables.ts';
import type { CachePolicy } from './cache-policy.ts';

export interface KvSequence {
  readonly slot: number;
  /** texts under different salts share nothing */
  readonly salt: string;
  /** one for each group of layers */
  readonly tables: readonly BlockTable[];
  /** tokens, from the first, whose keys and values were computed */
  computed: number;
}

/** How much of a prompt is computed. Good until the cache changes. */
export interface PrefixMatch {
  /** found in memory: all but the last token at most, whose logits are needed */
  readonly tokens: number;
  /** of them: in blocks that running sequences hold */
  readonly runningTokens: number;
  /** tokens that a slower store has beyond them */
  readonly storedTokens: number;
}

/** A sequence that grows: `length` tokens, of which some are computed. */
export interface GrowingSequence {
  readonly kv: KvSequence | undefined;
  readonly length: number;
}

/** Of a cache with a slower store behind it. */
export interface KvOffload {
  /** Settles when a block that is being read or written is at rest; undefined when none is. */
  readonly nextTransfer: Promise<unknown> | undefined;
  /**
   * Reads the stored blocks of a sequence that was just taken with a match that has some. Settles, without an error,
   * when they count as computed or are known to be lost.
   */
  restore(sequence: KvSequence, tokens: Int32Array): Promise<void>;
  /** At the end: offers what is computed and without an owner. Settles when the store has taken or refused it. */
  flush(): Promise<void>;
}

/** Of one group of layers. */
export interface KvUsage {
  /** tokens that the group's pool has room for */
  readonly totalTokens: number;
  /** tokens that the blocks of running sequences have room for */
  readonly reservedTokens: number;
  /** tokens computed in those, shared ones counted once */
  readonly usedTokens: number;
  /** tokens in blocks without an owner, which can still be found and are evicted when room is needed */
  readonly cachedTokens: number;
}

export interface KvCache {
  readonly policy: CachePolicy;
  /** tokens in a block */
  readonly blockSize: number;
  /** groups of layers, each with blocks of its own */
  readonly groups: number;
  /** longest sequence that can ever run, in tokens */
  readonly maxLength: number;
  /** whether a sequence finds what others are still computing, and so does well to wait for it */
  readonly sharesRunning: boolean;
  /** false: nothing that is computed is of use after the next token was chosen from it */
  readonly retainsTokens: boolean;
  /** absent when nothing is behind memory */
  readonly offload?: KvOffload | undefined;
  /** What is computed of a prompt; changes nothing. */
  match(tokens: Int32Array, salt: string): PrefixMatch;
  /**
   * Why not more of the prompt was found in memory; undefined when that is all there was to find. A match that is no
   * longer good explains nothing.
   */
  explain(match: PrefixMatch): CacheMiss | undefined;
  /**
   * Whether there is room for the matched prompt and its next token, beside what `others` still need for their tokens.
   * @param headroom blocks that each of the others may grow beyond that
   */
  canAdmit(match: PrefixMatch, others: Iterable<GrowingSequence>, headroom: number): boolean;
  /**
   * A sequence that begins with what was matched. Undefined when there is no block table or no block for it now; there
   * will be when others are released.
   */
  createSequence(match: PrefixMatch, copies: BlockCopies): KvSequence | undefined;
  /**
   * Before a step: blocks for the tokens from `computed` to `length`; what is shared is copied before it is written.
   * False, and nothing changed, when there are not enough.
   */
  reserve(sequence: KvSequence, length: number, copies: BlockCopies): boolean;
  /**
   * After a step: the first `length` of `tokens` are computed, and others may find them. Of a group that keeps a window
   * the blocks that no later token attends to are released.
   */
  commit(sequence: KvSequence, tokens: Int32Array, length: number): void;
  /**
   * Keeps the first `length` tokens at most: drafts that were not accepted, or what was only reserved. Where a window no
   * longer has what the tokens after them attend to, nothing is kept, and all is computed again.
   */
  truncate(sequence: KvSequence, length: number): void;
  /** A sequence with the same tokens, sharing all blocks; undefined when there is no room for it now. */
  fork(sequence: KvSequence, copies: BlockCopies): KvSequence | undefined;
  /**
   * The sequence ends or is preempted; `tokens` are its tokens, and what is computed of them may stay cached. Not,
   * though, what was to be copied for it since its last commit: whether it was, is not known.
   */
  release(sequence: KvSequence, tokens: Int32Array): void;
  /** One for each group of layers. */
  usage(): readonly KvUsage[];
}
