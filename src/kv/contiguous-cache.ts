// `contiguous`: the pool is divided into equal runs of the context length, one a sequence, as engines without paging do.
// A prompt that continues a finished sequence takes over its run; one that only starts alike gets a copy of the common
// part. Every group of layers keeps the same, so one table serves all.

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
  // Of them, those that begin with a copy which only their first commit shows to have been made: of a step that fails,
  // or is not made since everybody in it ended, the copies are lost.
  readonly #awaitingCopy = new Set<KvSequence>();
  readonly #runs: number;

  /**
   * @param blocks of each group's pool; what is left over after the last whole run stays unused
   * @param groups of layers
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
    if (cached !== undefined) this.#cached.add(cached.entry); // the latest now, and so the last to be evicted
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
    // A copy that nothing was added to is not kept either: it may not have been made, and its source, which was, would
    // give way to it.
    if (
      this.#awaitingCopy.delete(sequence) ||
      computed === 0 ||
      this.#cached.findCovering(computedTokens, salt) !== undefined
    ) {
      this.#freeRuns.push(run); // what adds nothing is not kept
      return;
    }
    for (const covered of this.#cached.findCoveredBy(computedTokens, salt)) {
      this.#cached.remove(covered);
      this.#freeRuns.push(covered.run);
    }
    this.#cached.add({ run, tokens: computedTokens, salt });
  }

  // What gave way is not remembered, so it counts as never having been there.
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

  // A run's number is its slot, and its blocks are always the same.
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
