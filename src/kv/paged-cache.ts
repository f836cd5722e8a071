// `paged` (Kwon et al. 2023): sequences hold blocks from one pool, as many as they have filled. Whatever is computed
// stands in a prefix tree, of running sequences too, so a prompt shares every block that agrees with it and
// copies the one that agrees in part. The first write to a shared block copies it. Blocks of finished sequences
// stay findable until room is needed: least recently used first, the end of a text before its beginning.

import { assert } from '../base/assert.ts';
import { commonPrefix } from '../base/common-prefix.ts';
import type { EventRing } from '../base/event-ring.ts';
import { type BlockId, blockId } from '../base/ids.ts';
import type { CacheMiss } from '../completion/cache-report.ts';
import type { BlockPool } from './block-pool.ts';
import { type BlockTables, blockAt, pushBlock } from './block-tables.ts';
import type { BlockCopies, FoundPrefix, KvCache, KvSequence, KvUsage, Restorer } from './kv-cache.ts';
import { MissExplainer } from './miss-explainer.ts';
import { matchPrefix, type PrefixBlocks } from './prefix-match.ts';
import type { PrefixTree, TreeRoot } from './prefix-tree.ts';
import { Tier } from './tier.ts';
import type { BlockKey, TierStore } from './tier-store.ts';

export interface PagedSequence extends KvSequence {
  readonly root: TreeRoot;
}

export interface PagedParts {
  readonly pool: BlockPool;
  readonly tree: PrefixTree;
  readonly tables: BlockTables;
  readonly blockSize: number;
  /** longest sequence that a table has room for */
  readonly contextLength: number;
  readonly events: EventRing;
  /** where blocks go that memory has no room for */
  readonly store?: TierStore | undefined;
}

export class PagedCache implements KvCache {
  readonly policy = 'paged';
  readonly blockSize: number;
  readonly maxLength: number;
  readonly sharesRunning = true;
  readonly growsByBlocks = true;
  readonly pool: BlockPool;
  readonly tree: PrefixTree;
  readonly events: EventRing;
  readonly running = new Set<PagedSequence>();
  readonly #tables: BlockTables;
  readonly #misses: MissExplainer;
  readonly #tier: Tier | undefined;
  readonly restorer: Restorer | undefined;

  constructor({ pool, tree, tables, blockSize, contextLength, events, store }: PagedParts) {
    this.pool = pool;
    this.tree = tree;
    this.#tables = tables;
    this.events = events;
    this.blockSize = blockSize;
    this.maxLength = Math.min(contextLength, pool.size * blockSize);
    this.#misses = new MissExplainer(tree, pool.size, blockSize);
    if (store === undefined) return;
    const tier = new Tier(store, pool, tree, blockSize, events);
    this.#tier = tier;
    this.restorer = {
      get moved() {
        return tier.moved;
      },
      stored: (tokens, salt) => this.#stored(tokens, salt).length * blockSize,
      restore: (sequence, tokens) => this.#restore(sequence, tokens),
      keepIdle: () => tier.keepIdle(),
    };
  }

  get available(): number {
    return this.pool.available;
  }

  find(tokens: Int32Array, salt: string): FoundPrefix {
    const match = this.#match(tokens, salt);
    const idle = match.blocks.filter((block) => this.pool.isCached(block)).length;
    const taken = match.tail !== undefined && this.#takesOver(match);
    const blocksNeeded = this.#blocksFor(tokens.length + 1) - match.blocks.length - (taken ? 1 : 0);
    return {
      tokens: match.tokens,
      running: this.#heldByOthers(match),
      blocksNeeded,
      blocksTaken: idle + (taken ? 1 : 0),
    };
  }

  lookup(tokens: Int32Array, salt: string, copies: BlockCopies): PagedSequence | undefined {
    const match = this.#match(tokens, salt);
    const copied = match.tail !== undefined && !this.#takesOver(match);
    if (copied && this.#availableBeside(match) < 1) return undefined;
    const table = this.#tables.take();
    if (table === undefined) return undefined;
    const sequence = { ...table, salt, root: this.tree.holdRoot(salt), computed: match.tokens };
    for (const block of match.blocks) this.#share(sequence, block);
    if (match.tail !== undefined) {
      if (copied) {
        if (this.pool.isCached(match.tail)) this.pool.touch(match.tail);
        pushBlock(sequence, this.#copyOf(match.tail, copies));
      } else this.#share(sequence, match.tail);
    }
    this.running.add(sequence);
    this.events.push('found', tokens.length, match.tokens);
    return sequence;
  }

  reserve(sequence: KvSequence, length: number, copies: BlockCopies): boolean {
    const written = Math.floor(sequence.computed / this.blockSize);
    const copied = length > sequence.computed && this.#mustCopy(sequence, written);
    const fresh = Math.max(0, this.#blocksFor(length) - sequence.blockCount);
    if (fresh + (copied ? 1 : 0) > this.pool.available) return false;
    if (copied) {
      const shared = blockAt(sequence, written);
      sequence.blocks[written] = this.#copyOf(shared, copies);
      this.#letGo(shared);
    }
    for (let i = 0; i < fresh; i++) pushBlock(sequence, this.#take());
    return true;
  }

  commit(sequence: KvSequence, tokens: Int32Array, length: number): void {
    const { blockSize } = this;
    assert(length <= sequence.blockCount * blockSize, 'more tokens than the blocks hold');
    for (let i = Math.floor(sequence.computed / blockSize); i * blockSize < length; i++) {
      this.#commitBlock(sequence as PagedSequence, tokens, i, Math.min(length, (i + 1) * blockSize));
    }
    sequence.computed = Math.max(length, sequence.computed);
  }

  truncate(sequence: KvSequence, length: number): void {
    sequence.computed = Math.min(sequence.computed, length);
    const keep = this.#blocksFor(sequence.computed);
    while (sequence.blockCount > keep) this.#letGo(blockAt(sequence, --sequence.blockCount));
  }

  chosen(): void {}

  fork(sequence: KvSequence): PagedSequence | undefined {
    const { computed, salt } = sequence;
    const table = this.#tables.take();
    if (table === undefined) return undefined;
    const forked = { ...table, salt, root: this.tree.holdRoot(salt), computed };
    for (let i = 0; i < this.#blocksFor(computed); i++) this.#share(forked, blockAt(sequence, i));
    this.running.add(forked);
    return forked;
  }

  release(sequence: KvSequence): void {
    assert(this.running.delete(sequence as PagedSequence), 'a sequence released twice');
    this.truncate(sequence, sequence.computed); // what was only reserved goes first
    while (sequence.blockCount > 0) this.#letGo(blockAt(sequence, --sequence.blockCount));
    this.#tables.give(sequence);
    this.tree.releaseRoot((sequence as PagedSequence).root);
  }

  usage(): KvUsage {
    const used = new Map<BlockId, number>(); // tokens computed in each block that a sequence holds
    for (const sequence of this.running) {
      for (let i = 0; i < sequence.blockCount; i++) {
        const inBlock = Math.max(0, Math.min(this.blockSize, sequence.computed - i * this.blockSize));
        const block = blockAt(sequence, i);
        used.set(block, Math.max(inBlock, used.get(block) ?? 0));
      }
    }
    let cachedTokens = 0;
    for (let i = 0; i < this.pool.size; i++) {
      const block = blockId(i);
      if (!used.has(block)) cachedTokens += this.tree.count(block); // nobody's, or being written away
    }
    return {
      totalTokens: this.pool.size * this.blockSize,
      reservedTokens: used.size * this.blockSize,
      usedTokens: [...used.values()].reduce((sum, tokens) => sum + tokens, 0),
      cachedTokens,
    };
  }

  explain(tokens: Int32Array, salt: string): CacheMiss | undefined {
    return this.#misses.explain(tokens, salt, this.#match(tokens, salt));
  }

  #match(tokens: Int32Array, salt: string): PrefixBlocks {
    return matchPrefix(this.tree, tokens, salt, this.blockSize);
  }

  // A tail that nobody holds and that goes no further is continued where it is.
  #takesOver({ tail, tailLength }: PrefixBlocks): boolean {
    return this.pool.isCached(tail!) && this.tree.count(tail!) === tailLength;
  }

  #heldByOthers({ blocks, tail, tailLength }: PrefixBlocks): number {
    const held = (block: BlockId): boolean => this.pool.owners(block) > this.pool.pins(block);
    const full = blocks.filter(held).length * this.blockSize;
    return full + (tail !== undefined && held(tail) ? tailLength : 0);
  }

  // Blocks that can be had when those of `match` are taken.
  #availableBeside({ blocks }: PrefixBlocks): number {
    return this.pool.available - blocks.filter((block) => this.pool.isCached(block)).length;
  }

  // A block is copied before it is written when others hold it, or when it has tokens that would be overwritten.
  #mustCopy(sequence: KvSequence, index: number): boolean {
    if (index >= sequence.blockCount) return false;
    const block = blockAt(sequence, index);
    const offset = sequence.computed - index * this.blockSize;
    return this.pool.owners(block) > 1 || this.tree.count(block) > offset;
  }

  #commitBlock(sequence: PagedSequence, tokens: Int32Array, index: number, end: number): void {
    const block = blockAt(sequence, index);
    const from = index * this.blockSize;
    const count = this.tree.count(block);
    if (from + count >= end) return;
    const place = index === 0 ? sequence.root : blockAt(sequence, index - 1);
    const full = end === from + this.blockSize;
    const twin = full ? this.tree.fullChild(place, tokens, from) : undefined;
    if (twin !== undefined) {
      // Somebody else computed the same meanwhile: one copy is enough.
      this.pool.share(twin);
      sequence.blocks[index] = twin;
      this.events.push('shared', twin, this.pool.owners(twin));
      if (count > 0) this.tree.remove(block);
      this.#free(block);
      return;
    }
    if (count === 0) this.tree.insert(block, place, tokens, from, end);
    else this.tree.append(block, tokens, from + count, end);
    if (full) this.#misses.full(block);
  }

  #share(sequence: KvSequence, block: BlockId): void {
    this.pool.share(block);
    pushBlock(sequence, block);
    this.events.push('shared', block, this.pool.owners(block));
  }

  #copyOf(block: BlockId, copies: BlockCopies): BlockId {
    const own = this.#take();
    copies.push(block, own);
    this.events.push('copied', block, own);
    return own;
  }

  #take(): BlockId {
    const block = this.pool.first();
    assert(block !== undefined, 'a block taken where none is left');
    if (this.pool.isCached(block)) this.#evict(block);
    this.events.push('allocated', block, 0);
    return this.pool.take();
  }

  #stored(tokens: Int32Array, salt: string): BlockKey[] {
    const { blocks, place } = this.#match(tokens, salt);
    return this.#tier!.stored(tokens, blocks.length * this.blockSize, place, salt);
  }

  async #restore(sequence: KvSequence, tokens: Int32Array): Promise<void> {
    const full = sequence.computed / this.blockSize;
    assert(Number.isInteger(full), 'blocks are read after whole blocks');
    const place = full === 0 ? (sequence as PagedSequence).root : blockAt(sequence, full - 1);
    const all = this.#tier!.stored(tokens, full * this.blockSize, place, sequence.salt);
    const keys = all.slice(0, this.pool.available);
    if (keys.length === 0) return;
    const blocks: BlockId[] = [];
    for (const _ of keys) {
      const block = this.#take();
      pushBlock(sequence, block);
      blocks.push(block);
      this.events.push('loaded', block, 0);
    }
    const loaded = await this.#tier!.load(keys, blocks);
    if (this.running.has(sequence as PagedSequence)) {
      this.commit(sequence, tokens, sequence.computed + loaded * this.blockSize);
      this.truncate(sequence, sequence.computed);
    }
    this.#tier!.unpin(blocks);
  }

  #evict(block: BlockId): void {
    this.events.push('evicted', block, this.tree.count(block));
    this.#misses.evicted(block);
    this.tree.remove(block);
    this.#tier?.forget(block);
  }

  // One owner less. The last one keeps the block findable if it holds what no other block holds.
  #letGo(block: BlockId): void {
    const last = this.pool.owners(block) - this.pool.pins(block) === 1;
    const count = this.tree.count(block);
    if (count === 0) return this.#free(block);
    if (last && count < this.blockSize && this.#isCovered(block)) {
      this.tree.remove(block);
      return this.#free(block);
    }
    if (last && count === this.blockSize) this.#tier?.offer(block);
    this.pool.release(block, count > 0);
    if (last) this.events.push('cached', block, count);
  }

  #free(block: BlockId): void {
    this.pool.release(block, false);
    if (this.pool.owners(block) === 0) this.events.push('freed', block, 0);
  }

  // Whether another block holds all that a partial one does. Kept blocks that `block` covers give way to it.
  #isCovered(block: BlockId): boolean {
    const place = this.tree.parentOf(block);
    const own = this.tree.tokensOf(block);
    const covered: BlockId[] = [];
    for (const other of this.tree.childrenOf(place)) {
      if (other === block) continue;
      const theirs = this.tree.tokensOf(other);
      const common = commonPrefix(own, theirs);
      if (common === own.length) return true;
      if (common === theirs.length && this.pool.isCached(other)) covered.push(other);
    }
    for (const other of covered) {
      this.tree.remove(other);
      this.pool.forget(other);
      this.events.push('freed', other, 0);
    }
    return false;
  }

  #blocksFor(tokens: number): number {
    return Math.ceil(tokens / this.blockSize);
  }
}
