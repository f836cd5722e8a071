// The cache policy `contiguous`: the pool is divided into equal regions of the context length, one per sequence, as in
// engines without paging. A prompt that continues a finished sequence reuses the region of that sequence; a prompt that
// only shares a prefix gets a copy of the prefix. All layer groups store the same positions, so they use the same table.

import { commonPrefixLength } from '../base/common-prefix.ts';
import { type BlockId, blockId } from '../base/ids.ts';
import type { CacheMiss } from '../completion/cache-report.ts';
import type { BlockCopies } from './block-copies.ts';
import type { BlockTable } from './block-tables.ts';
import { type CachedPrefix, CachedPrefixes, type CachedPrefixMatch } from './cached-prefixes.ts';
import type { GrowingSequence, KvCache, KvSequence, KvUsage, PrefixMatch } from './kv-cache.ts';

interface CachedRegion extends CachedPrefix {
  readonly region: number;
}

interface RegionMatch extends PrefixMatch {
  readonly prompt: Int32Array;
  readonly salt: string;
  readonly cached: CachedPrefixMatch<CachedRegion> | undefined;
}

export class ContiguousCache implements KvCache {
  readonly policy = 'contiguous';
  readonly blockSize: number;
  readonly maxLength: number;
  readonly canShareRunning = false;
  readonly retainsTokens = true;
  readonly groups: number;
  readonly #blocksPerRegion: number;
  readonly #freeRegions: number[];
  readonly #cached = new CachedPrefixes<CachedRegion>();
  readonly #running = new Set<KvSequence>();
  // Running sequences that start with a copied prefix and have not committed a step yet. If the first step of such a
  // sequence fails, or does not run because all its sequences ended, the copy was not made.
  readonly #awaitingCopy = new Set<KvSequence>();
  readonly #regionCount: number;

  /**
   * @param blocks number of blocks in each group's pool; a remainder smaller than a region stays unused
   * @param groups number of layer groups
   */
  constructor({
    blocks,
    blockSize,
    contextLength,
    groups,
  }: {
    blocks: number;
    blockSize: number;
    contextLength: number;
    groups: number;
  }) {
    this.groups = groups;
    this.blockSize = blockSize;
    this.#blocksPerRegion = Math.ceil(contextLength / blockSize);
    this.#regionCount = Math.floor(blocks / this.#blocksPerRegion);
    this.maxLength = this.#regionCount === 0 ? 0 : contextLength;
    this.#freeRegions = Array.from({ length: this.#regionCount }, (_, i) => this.#regionCount - 1 - i);
  }

  match(prompt: Int32Array, salt: string, computesAll = false): RegionMatch {
    const cached = computesAll ? undefined : this.#cached.match(prompt, salt);
    return { tokens: cached?.length ?? 0, runningTokens: 0, storedTokens: 0, prompt, salt, cached };
  }

  canAdmit(_match: RegionMatch, _others: Iterable<GrowingSequence>, _headroom: number): boolean {
    return this.#running.size < this.#regionCount;
  }

  createSequence({ salt, cached }: RegionMatch, copies: BlockCopies): KvSequence | undefined {
    if (cached !== undefined) this.#cached.add(cached.entry); // most recently used now, so evicted last
    if (cached !== undefined && cached.length === cached.entry.tokens.length)
      return this.#reuseRegion(cached);
    const region = this.#freeRegions.pop() ?? this.#evict(cached?.entry);
    if (region === undefined) return cached && this.#reuseRegion(cached);
    if (cached === undefined) return this.#startSequence(region, salt, 0);
    return this.#startWithCopy({ region, salt, computed: cached.length }, cached.entry.region, copies);
  }

  reserve(): boolean {
    return true;
  }

  commit(sequence: KvSequence, _tokens: Int32Array, length: number): void {
    sequence.computed = length;
    this.#awaitingCopy.delete(sequence);
  }

  truncate(sequence: KvSequence, length: number): void {
    sequence.computed = Math.min(sequence.computed, length);
  }

  fork(sequence: KvSequence, copies: BlockCopies): KvSequence | undefined {
    const region = this.#freeRegions.pop() ?? this.#evict(undefined);
    if (region === undefined) return undefined;
    const { salt, computed } = sequence;
    return this.#startWithCopy({ region, salt, computed }, sequence.slot, copies);
  }

  release(sequence: KvSequence, tokens: Int32Array): void {
    const { slot: region, computed, salt } = sequence;
    this.#running.delete(sequence);
    const computedTokens = tokens.slice(0, computed);
    // These sequences are not cached, because they would add nothing. If the copied prefix of a sequence may not have
    // been made, caching the sequence would also remove the valid source of the copy.
    if (
      this.#awaitingCopy.delete(sequence) ||
      computed === 0 ||
      this.#cached.findCovering(computedTokens, salt) !== undefined
    ) {
      this.#freeRegions.push(region);
      return;
    }
    for (const covered of this.#cached.findCoveredBy(computedTokens, salt)) {
      this.#cached.remove(covered);
      this.#freeRegions.push(covered.region);
    }
    this.#cached.add({ region, tokens: computedTokens, salt });
  }

  // Evicted entries are not recorded, so a miss after an eviction is reported as `nothing_in_common`.
  explain({ prompt: tokens, salt, tokens: found }: RegionMatch): CacheMiss | undefined {
    if (found >= tokens.length - 1) return undefined;
    const entries = [...this.#cached.entries];
    const commonLength = (entry: CachedPrefix): number => commonPrefixLength(entry.tokens, tokens);
    if (found > 0) {
      const matching = entries.filter((entry) => entry.salt === salt && commonLength(entry) === found);
      return matching.every((entry) => entry.tokens.length > found) ? 'history_edited' : undefined;
    }
    const start = Math.min(this.blockSize, tokens.length - 1);
    const hasOtherSalt = entries.some((entry) => entry.salt !== salt && commonLength(entry) >= start);
    return hasOtherSalt ? 'different_salt' : 'nothing_in_common';
  }

  usage(): KvUsage[] {
    const tokensPerRegion = this.#blocksPerRegion * this.blockSize;
    let cachedTokens = 0;
    for (const { tokens } of this.#cached.entries) cachedTokens += tokens.length;
    const usage = {
      totalTokens: this.#regionCount * tokensPerRegion,
      reservedTokens: this.#running.size * tokensPerRegion,
      usedTokens: [...this.#running].reduce((sum, { computed }) => sum + computed, 0),
      cachedTokens,
    };
    return new Array<KvUsage>(this.groups).fill(usage);
  }

  #reuseRegion({ entry, length }: CachedPrefixMatch<CachedRegion>): KvSequence {
    this.#cached.remove(entry);
    return this.#startSequence(entry.region, entry.salt, length);
  }

  #evict(excluded: CachedRegion | undefined): number | undefined {
    const oldest = this.#cached.oldest(excluded);
    if (oldest !== undefined) this.#cached.remove(oldest);
    return oldest?.region;
  }

  // The index of a region is also the slot of its sequence. The block ids of a region are fixed.
  #startSequence(region: number, salt: string, computed: number): KvSequence {
    const first = region * this.#blocksPerRegion;
    const blocks = Int32Array.from({ length: this.#blocksPerRegion }, (_, i) => first + i);
    const table = { blocks, first: 0, end: this.#blocksPerRegion };
    const tables = new Array<BlockTable>(this.groups).fill(table);
    const sequence = { slot: region, tables, salt, computed };
    this.#running.add(sequence);
    return sequence;
  }

  #startWithCopy(
    { region, salt, computed }: { region: number; salt: string; computed: number },
    from: number,
    copies: BlockCopies,
  ): KvSequence {
    for (let i = 0; i * this.blockSize < computed; i++) {
      const pair = [from, region].map((index) => blockId(index * this.#blocksPerRegion + i)) as [
        BlockId,
        BlockId,
      ];
      for (let group = 0; group < this.groups; group++) copies.add(group, ...pair);
    }
    const sequence = this.#startSequence(region, salt, computed);
    this.#awaitingCopy.add(sequence);
    return sequence;
  }
}
