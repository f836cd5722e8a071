// The interface of a cache policy. A cache determines where the keys and values of each sequence are stored, and which
// tokens of a prompt are already computed. It handles token ids and block ids, not tensors, requests or files.
// docs/kv-cache.md shows an example of the calls: match and create, then reserve and commit for each step, and release.

import type { CacheMiss } from '../completion/cache-report.ts';
import type { BlockCopies } from './block-copies.ts';
import type { BlockTable } from './block-tables.ts';
import type { CachePolicy } from './cache-policy.ts';

export interface KvSequence {
  /** identifies the block tables of the sequence among those of the running sequences */
  readonly slot: number;
  /** sequences with different salts share no blocks */
  readonly salt: string;
  /** one per layer group */
  readonly tables: readonly BlockTable[];
  /** number of tokens at the start of the sequence whose keys and values are computed */
  computed: number;
}

/** The prefix of a prompt that is already computed. Valid until the cache changes. */
export interface PrefixMatch {
  /** number of tokens found in memory, without the last token of the prompt: its logits must be computed */
  readonly tokens: number;
  /** how many of `tokens` are in blocks that running sequences own */
  readonly runningTokens: number;
  /** number of further tokens that are in the offload store */
  readonly storedTokens: number;
}

/** A running sequence that needs memory for `length` tokens and the tokens after them. */
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
   * of the blocks is loaded or was found to be missing; never rejects.
   */
  restore(sequence: KvSequence, tokens: Int32Array): Promise<void>;
  /** Stores the cached blocks on shutdown. Settles when the store has stored or rejected each block. */
  flush(): Promise<void>;
}

/** Memory use of one layer group. */
export interface KvUsage {
  /** capacity of the group's pool, in tokens */
  readonly totalTokens: number;
  /** capacity of the blocks that running sequences own, in tokens */
  readonly reservedTokens: number;
  /** computed tokens in blocks that running sequences own; shared blocks count once */
  readonly usedTokens: number;
  /** tokens in cached blocks without an owner, which are evicted when their blocks are needed */
  readonly cachedTokens: number;
}

export interface KvCache {
  readonly policy: CachePolicy;
  /** tokens per block */
  readonly blockSize: number;
  /** number of layer groups; each has its own blocks */
  readonly groups: number;
  /** length of the longest sequence that can run, in tokens */
  readonly maxLength: number;
  /** whether a prompt can share tokens that a running sequence computes; waiting for that sequence then saves work */
  readonly canShareRunning: boolean;
  /** false if the keys and values of a sequence are discarded after each sampled token */
  readonly retainsTokens: boolean;
  /** undefined without an offload store */
  readonly offload?: KvOffload | undefined;
  /**
   * Finds the computed prefix of a prompt; changes nothing.
   * @param computesAll whether all tokens must be computed, so that nothing is found
   */
  match(tokens: Int32Array, salt: string, computesAll?: boolean): PrefixMatch;
  /**
   * Returns why no longer prefix of the prompt was found in memory. Undefined if the whole prompt or a whole cached text
   * was found, or if the match is no longer valid.
   */
  explain(match: PrefixMatch): CacheMiss | undefined;
  /**
   * Returns whether memory has room for the matched prompt and one more token, besides the blocks that the sequences
   * `others` still need for their tokens.
   * @param headroom number of further blocks that are reserved for each sequence of `others`
   */
  canAdmit(match: PrefixMatch, others: Iterable<GrowingSequence>, headroom: number): boolean;
  /**
   * Creates a sequence that starts with the matched prefix. Returns undefined when no block table or not enough blocks
   * are available; more are available when other sequences are released.
   */
  createSequence(match: PrefixMatch, copies: BlockCopies): KvSequence | undefined;
  /**
   * Allocates blocks for the tokens from `computed` to `length` before a step computes them. A shared block is copied
   * before it is written. Returns false, and changes nothing, when there are not enough blocks.
   */
  reserve(sequence: KvSequence, length: number, copies: BlockCopies): boolean;
  /**
   * Marks the first `length` of `tokens` as computed after a step, so that other sequences can find them. Groups with
   * a window release the blocks that no later token attends to.
   */
  commit(sequence: KvSequence, tokens: Int32Array, length: number): void;
  /**
   * Reduces a sequence to at most `length` computed tokens, and releases the blocks after them: those of rejected
   * drafts and unused reservations. If a group with a window has already released positions to which the next tokens
   * attend, all tokens must be computed again: `computed` becomes 0.
   */
  truncate(sequence: KvSequence, length: number): void;
  /** Creates a sequence with the same tokens and shared blocks. Returns undefined when no table or block is available. */
  fork(sequence: KvSequence, copies: BlockCopies): KvSequence | undefined;
  /**
   * Ends a sequence that has finished or is preempted. The computed part of `tokens` may stay cached, except blocks whose
   * copy was requested after the last commit: that copy may not have been made.
   */
  release(sequence: KvSequence, tokens: Int32Array): void;
  /** One entry per layer group. */
  usage(): readonly KvUsage[];
}
