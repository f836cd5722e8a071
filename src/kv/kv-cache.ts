// The interface of a cache policy: where the keys and values of a sequence are, and which tokens are already
// computed. It handles token ids and block ids, not tensors, requests or files. docs/kv-cache.md shows the life of a
// sequence by example: match and create, then reserve and commit for each step, and release.

import type { CacheMiss } from '../completion/cache-report.ts';
import type { BlockCopies } from './block-copies.ts';
import type { BlockTable } from './block-tables.ts';
import type { CachePolicy } from './cache-policy.ts';

export interface KvSequence {
  readonly slot: number;
  /** sequences with different salts share nothing */
  readonly salt: string;
  /** one per group of layers */
  readonly tables: readonly BlockTable[];
  /** number of tokens, from the first, whose keys and values are computed */
  computed: number;
}

/** How much of a prompt is computed. Valid until the cache changes. */
export interface PrefixMatch {
  /** tokens found in memory; never the last one, because its logits are needed */
  readonly tokens: number;
  /** of `tokens`: those in blocks that running sequences own */
  readonly runningTokens: number;
  /** tokens after `tokens` that the offload store has */
  readonly storedTokens: number;
}

/** A sequence of `length` tokens, some of them computed, that still grows. */
export interface GrowingSequence {
  readonly kv: KvSequence | undefined;
  readonly length: number;
}

/** The operations of a cache that has an offload store. */
export interface KvOffload {
  /** Settles when one of the current transfers ends; undefined when there is none. */
  readonly nextTransfer: Promise<unknown> | undefined;
  /**
   * Loads the stored blocks of a sequence that was just created from a match with `storedTokens`. Resolves when each
   * of the blocks counts as computed or was found to be missing; never rejects.
   */
  restore(sequence: KvSequence, tokens: Int32Array): Promise<void>;
  /** On shutdown: stores the cached blocks. Settles when the store has stored or rejected each of them. */
  flush(): Promise<void>;
}

/** Memory use of one group of layers. */
export interface KvUsage {
  /** capacity of the group's pool, in tokens */
  readonly totalTokens: number;
  /** capacity of the blocks that running sequences own, in tokens */
  readonly reservedTokens: number;
  /** computed tokens in those blocks; shared blocks count once */
  readonly usedTokens: number;
  /** tokens in blocks without an owner: they can still be found, and are evicted when their blocks are needed */
  readonly cachedTokens: number;
}

export interface KvCache {
  readonly policy: CachePolicy;
  /** tokens per block */
  readonly blockSize: number;
  /** number of groups of layers; each has its own blocks */
  readonly groups: number;
  /** length of the longest sequence that can run, in tokens */
  readonly maxLength: number;
  /** whether a sequence can use tokens that another one is still computing, so that waiting for it saves work */
  readonly sharesRunning: boolean;
  /** false if nothing computed for a token is used after the next one was chosen */
  readonly retainsTokens: boolean;
  /** undefined without an offload store */
  readonly offload?: KvOffload | undefined;
  /** Finds the computed prefix of a prompt; changes nothing. */
  match(tokens: Int32Array, salt: string): PrefixMatch;
  /**
   * Returns why no more of the prompt was found in memory; undefined when no more of it was ever computed, or when
   * the match is no longer valid.
   */
  explain(match: PrefixMatch): CacheMiss | undefined;
  /**
   * Returns whether the matched prompt and its next token fit, in addition to what the sequences `others` still need
   * for their tokens.
   * @param headroom further blocks that are reserved for each of the others
   */
  canAdmit(match: PrefixMatch, others: Iterable<GrowingSequence>, headroom: number): boolean;
  /**
   * Creates a sequence that starts with the matched prefix. Undefined when no block table or not enough blocks are
   * available now; they become available when other sequences are released.
   */
  createSequence(match: PrefixMatch, copies: BlockCopies): KvSequence | undefined;
  /**
   * Before a step: allocates blocks for the tokens from `computed` to `length`. A shared block is copied before it is
   * written. Returns false, and changes nothing, when there are not enough blocks.
   */
  reserve(sequence: KvSequence, length: number, copies: BlockCopies): boolean;
  /**
   * After a step: marks the first `length` of `tokens` as computed, so that other sequences can find them. Groups
   * with a window release the blocks that no later token attends to.
   */
  commit(sequence: KvSequence, tokens: Int32Array, length: number): void;
  /**
   * Reduces a sequence to at most `length` computed tokens, to drop rejected drafts or unused reservations. If a
   * window no longer holds the tokens that later ones attend to, all tokens are computed again.
   */
  truncate(sequence: KvSequence, length: number): void;
  /** Creates a sequence with the same tokens that shares all blocks; undefined when it does not fit now. */
  fork(sequence: KvSequence, copies: BlockCopies): KvSequence | undefined;
  /**
   * Ends a sequence because it finished or is preempted. The computed part of `tokens` may stay cached, except for
   * blocks that were to be copied since the last commit: the copy may not have been made.
   */
  release(sequence: KvSequence, tokens: Int32Array): void;
  /** One entry per group of layers. */
  usage(): readonly KvUsage[];
}
