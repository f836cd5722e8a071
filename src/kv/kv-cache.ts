// What a cache policy answers: where a sequence's keys and values live, and which of them are already computed. It
// knows token ids and block ids, no tensors, no requests, no files.
//
// The verbs, in a sequence's life:
//   lookup    takes a block table, and the blocks of the longest prefix that is computed
//   reserve   before a step: blocks for the tokens it computes; what is shared is copied before it is written
//   commit    after a step: these tokens are computed now, and others may find them
//   truncate  takes back what was reserved or computed beyond a length: drafts that were not accepted
//   fork      one more sequence with the same tokens, sharing all blocks
//   release   gives the blocks back; what is computed stays findable until room is needed

import type { CacheMiss } from '../completion/cache-report.ts';
import type { BlockTable } from './block-tables.ts';
import type { CachePolicy } from './cache-policy.ts';

export interface KvSequence extends BlockTable {
  /** texts under different salts share nothing */
  readonly salt: string;
  /** tokens, from the first, whose keys and values are in the blocks */
  computed: number;
}

/**
 * Blocks to be copied before the next step appends anything, in order: from, to, from, to, ... They are lost when that
 * step fails, or when it is not made because nobody runs any more.
 */
export type BlockCopies = number[];

/** How much of a prompt is computed. */
export interface FoundPrefix {
  /** all but the last token at most, whose logits are needed */
  readonly tokens: number;
  /** of them: in blocks that running sequences hold */
  readonly running: number;
  /** blocks that a sequence would still need for all its tokens and the next one */
  readonly blocksNeeded: number;
  /** of `available`: blocks that taking the prefix would use up */
  readonly blocksTaken: number;
}

/** Of a cache with a slower store behind it. */
export interface Restorer {
  /** Settles when a block that is being read or written is at rest; undefined when none is. */
  readonly moved: Promise<unknown> | undefined;
  /** How many tokens beyond `found`, whole blocks only, the store has. */
  stored(tokens: Int32Array, salt: string): number;
  /**
   * Reads blocks from the store for a sequence that was just looked up, as far as there are blocks for them and they
   * are whole. Settles, without an error, when they count as computed or are known to be lost.
   */
  restore(sequence: KvSequence, tokens: Int32Array): Promise<void>;
  /** At the end: hands over what is computed and nobody's. Settles when the store has come to it. */
  keepIdle(): Promise<void>;
}

export interface KvUsage {
  /** tokens that the whole pool has room for */
  readonly totalTokens: number;
  /** tokens that the blocks of running sequences have room for */
  readonly reservedTokens: number;
  /** tokens computed in those, shared ones counted once */
  readonly usedTokens: number;
  /** tokens of finished sequences that can still be found, and give way when room is needed */
  readonly cachedTokens: number;
}

export interface KvCache {
  readonly policy: CachePolicy;
  /** tokens in a block */
  readonly blockSize: number;
  /** longest sequence that can ever run, in tokens */
  readonly maxLength: number;
  /** whether a sequence finds what others are still computing, and so does well to wait for it */
  readonly sharesRunning: boolean;
  /** whether a sequence takes blocks as it grows, so that they may run out in between */
  readonly growsByBlocks: boolean;
  /** blocks that can be had now: empty, or kept and nobody's */
  readonly available: number;
  /** absent when nothing stands behind memory */
  readonly restorer?: Restorer | undefined;
  /** What `lookup` would find; changes nothing. */
  find(tokens: Int32Array, salt: string): FoundPrefix;
  /**
   * Takes a block table and the longest computed prefix of `tokens`. Undefined when there is no table or no block
   * for it now; there will be when others are released.
   */
  lookup(tokens: Int32Array, salt: string, copies: BlockCopies): KvSequence | undefined;
  /** Blocks of its own for tokens `computed` to `length`. False, and nothing changed, when there are not enough. */
  reserve(sequence: KvSequence, length: number, copies: BlockCopies): boolean;
  /** The first `length` of `tokens` are computed now. */
  commit(sequence: KvSequence, tokens: Int32Array, length: number): void;
  /** Keeps the first `length` tokens at most. */
  truncate(sequence: KvSequence, length: number): void;
  /** The next token was chosen from the tokens so far. */
  chosen(sequence: KvSequence): void;
  /** A sequence with the same tokens; undefined when there is no table or no block for it now. */
  fork(sequence: KvSequence, copies: BlockCopies): KvSequence | undefined;
  /**
   * The sequence ends or makes room; `tokens` are its tokens, and what is computed of them may be kept. Not, though,
   * what was to be copied for it since its last commit: whether it was, is not known.
   */
  release(sequence: KvSequence, tokens: Int32Array): void;
  /**
   * Why only `found` of `tokens` were found; undefined when that is all there was to find. To be asked before
   * anything else changes.
   */
  explain(tokens: Int32Array, salt: string, found: number): CacheMiss | undefined;
  usage(): KvUsage;
}
