// `contiguous`: the pool is divided into equal runs of the context length, one per sequence, as in engines without
// paging. A prompt that continues a finished sequence reuses its run; a prompt that only shares a prefix gets a copy
// of that prefix. Every group of layers holds the same positions, so one table serves all groups.

import { commonPrefix } from '../base/common-prefix.ts';
import { type BlockId, blockId } from '../base/ids.ts';
import type { CacheMiss } from '../completion/cache-report.ts';
import type { BlockCopies } from './block-copies.ts';
import type { BlockTable } from './block-tables.ts';
import { type CachedPrefix, CachedPrefixes, type CachedPrefixMatch } from './cached-prefixes.ts';
import type { GrowingSequence, KvCache, KvSequence, KvUsage, PrefixMatch } from './kv-cache.ts';

interface CachedRun extends CachedPrefix {
  readonly run: number;
}

interface RunMatch extends PrefixMatch {
  readonly prompt: Int32Array;
  readonly salt: string;
  readonly cached: CachedPrefixMatch<CachedRun> | undefined;
}

export class ContiguousCache implements KvCache {
  readonly policy = 'contiguous';
  readonly blockSize: number;
  readonly maxLength: number;
  readonly sharesRunning = false;
  readonly retainsTokens = true;
  readonly groups: number;
  readonly #blocksPerRun: number;
  readonly #freeRuns: number[];
  readonly #cached = new CachedPrefixes<CachedRun>();
  readonly #running = new Set<KvSequence>();
  // Running sequences that start with a copied prefix and have not committed a step yet. If their first step fails,
  // or does not run because all its sequences ended, the copy was not made.
  readonly #awaitingCopy = new Set<KvSequence>();
  readonly #runs: number;

  /**
   * @param blocks number of blocks in each group's pool; blocks after the last whole run stay unused
   * @param groups number of groups of layers
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
    this.#blocksPerRun = Math.ceil(contextLength / blockSize);
    this.#runs = Math.floor(blocks / this.#blocksPerRun);
    this.maxLength = this.#runs === 0 ? 0 : contextLength;
    this.#freeRuns = Array.from({ length: this.#runs }, (_, i) => this.#runs - 1 - i);
  }

  match(prompt: Int32Array, salt: string): RunMatch {
    const cached = this.#cached.match(prompt, salt);
    return { tokens: cached?.length ?? 0, runningTokens: 0, storedTokens: 0, prompt, salt, cached };
  }

  canAdmit(_match: RunMatch, _others: Iterable<GrowingSequence>, _headroom: number): boolean {
    return this.#running.size < this.#runs;
  }

  createSequence({ salt, cached }: RunMatch, copies: BlockCopies): KvSequence | undefined {
    if (cached !== undefined) this.#cached.add(cached.entry); // most recently used now, so evicted last
    if (cached !== undefined && cached.length === cached.entry.tokens.length) return this.#reuseRun(cached);
    const run = this.#freeRuns.pop() ?? this.#evict(cached?.entry);
    if (run === undefined) return cached && this.#reuseRun(cached);
    if (cached === undefined) return this.#startSequence(run, salt, 0);
    return this.#startWithCopy({ run, salt, computed: cached.length }, cached.entry.run, copies);
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
    const run = this.#freeRuns.pop() ?? this.#evict(undefined);
    if (run === undefined) return undefined;
    const { salt, computed } = sequence;
    return this.#startWithCopy({ run, salt, computed }, sequence.slot, copies);
  }

  release(sequence: KvSequence, tokens: Int32Array): void {
    const { slot: run, computed, salt } = sequence;
    this.#running.delete(sequence);
    const computedTokens = tokens.slice(0, computed);
    // A sequence that added nothing to its copied prefix is not cached: the copy may not have been made, and caching
    // it would evict its source, which is valid.
    if (
      this.#awaitingCopy.delete(sequence) ||
      computed === 0 ||
      this.#cached.findCovering(computedTokens, salt) !== undefined
    ) {
      this.#freeRuns.push(run); // it adds nothing to the cache
      return;
    }
    for (const covered of this.#cached.findCoveredBy(computedTokens, salt)) {
      this.#cached.remove(covered);
      this.#freeRuns.push(covered.run);
    }
    this.#cached.add({ run, tokens: computedTokens, salt });
  }

  // Evicted entries are not recorded, so a miss after an eviction is reported as `nothing_in_common`.
  explain({ prompt: tokens, salt, tokens: found }: RunMatch): CacheMiss | undefined {
    if (found >= tokens.length - 1) return undefined;
    const entries = [...this.#cached.entries];
    const alike = (entry: CachedPrefix): number => commonPrefix(entry.tokens, tokens);
    if (found > 0) {
      const there = entries.filter((entry) => entry.salt === salt && alike(entry) === found);
      return there.every((entry) => entry.tokens.length > found) ? 'history_edited' : undefined;
    }
    const start = Math.min(this.blockSize, tokens.length - 1);
    const elsewhere = entries.some((entry) => entry.salt !== salt && alike(entry) >= start);
    return elsewhere ? 'different_salt' : 'nothing_in_common';
  }

  usage(): KvUsage[] {
    const perRun = this.#blocksPerRun * this.blockSize;
    let cachedTokens = 0;
    for (const { tokens } of this.#cached.entries) cachedTokens += tokens.length;
    const usage = {
      totalTokens: this.#runs * perRun,
      reservedTokens: this.#running.size * perRun,
      usedTokens: [...this.#running].reduce((sum, { computed }) => sum + computed, 0),
      cachedTokens,
    };
    return new Array<KvUsage>(this.groups).fill(usage);
  }

  #reuseRun({ entry, length }: CachedPrefixMatch<CachedRun>): KvSequence {
    this.#cached.remove(entry);
    return this.#startSequence(entry.run, entry.salt, length);
  }

  #evict(spared: CachedRun | undefined): number | undefined {
    const oldest = this.#cached.oldest(spared);
    if (oldest !== undefined) this.#cached.remove(oldest);
    return oldest?.run;
  }

  // The index of a run is also its slot; its block ids are fixed.
  #startSequence(run: number, salt: string, computed: number): KvSequence {
    const first = run * this.#blocksPerRun;
    const blocks = Int32Array.from({ length: this.#blocksPerRun }, (_, i) => first + i);
    const table = { blocks, first: 0, end: this.#blocksPerRun };
    const tables = new Array<BlockTable>(this.groups).fill(table);
    const sequence = { slot: run, tables, salt, computed };
    this.#running.add(sequence);
    return sequence;
  }

  #startWithCopy(
    { run, salt, computed }: { run: number; salt: string; computed: number },
    from: number,
    copies: BlockCopies,
  ): KvSequence {
    for (let i = 0; i * this.blockSize < computed; i++) {
      const pair = [from, run].map((one) => blockId(one * this.#blocksPerRun + i)) as [BlockId, BlockId];
      for (let group = 0; group < this.groups; group++) copies.add(group, ...pair);
    }
    const sequence = this.#startSequence(run, salt, computed);
    this.#awaitingCopy.add(sequence);
    return sequence;
  }
}
