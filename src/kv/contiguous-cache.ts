// `contiguous`: the pool is divided into equal runs of the context length, one a sequence, as engines
// without paging do. A prompt that continues a finished sequence takes over its run; one that only starts
// alike gets a copy of the common part.

import { commonPrefix } from '../base/common-prefix.ts';
import type { CacheMiss } from '../completion/cache-report.ts';
import { type Kept, KeptPrefixes, type PrefixMatch } from './kept-prefixes.ts';
import type { BlockCopies, FoundPrefix, KvCache, KvSequence, KvUsage } from './kv-cache.ts';

interface KeptRun extends Kept {
  readonly run: number;
}

export class ContiguousCache implements KvCache {
  readonly policy = 'contiguous';
  readonly blockSize: number;
  readonly maxLength: number;
  readonly sharesRunning = false;
  readonly growsByBlocks = false;
  readonly #blocksPerRun: number;
  readonly #freeRuns: number[];
  readonly #kept = new KeptPrefixes<KeptRun>();
  readonly #running = new Set<KvSequence>();
  // Of them, those that begin with a copy which only their first commit shows to have been made: of a step that fails,
  // or is not made since everybody in it ended, the copies are lost.
  readonly #copied = new Set<KvSequence>();
  readonly #runs: number;

  /** @param blocks of the pool; what is left over after the last whole run stays unused */
  constructor(blocks: number, blockSize: number, contextLength: number) {
    this.blockSize = blockSize;
    this.#blocksPerRun = Math.ceil(contextLength / blockSize);
    this.#runs = Math.floor(blocks / this.#blocksPerRun);
    this.maxLength = this.#runs === 0 ? 0 : contextLength;
    this.#freeRuns = Array.from({ length: this.#runs }, (_, i) => this.#runs - 1 - i);
  }

  /** blocks of the runs that nobody computes in */
  get available(): number {
    return (this.#runs - this.#running.size) * this.#blocksPerRun;
  }

  find(tokens: Int32Array, salt: string): FoundPrefix {
    const found = this.#kept.match(tokens, salt)?.length ?? 0;
    return { tokens: found, running: 0, blocksNeeded: this.#blocksPerRun, blocksTaken: 0 };
  }

  lookup(tokens: Int32Array, salt: string, copies: BlockCopies): KvSequence | undefined {
    const match = this.#kept.match(tokens, salt);
    if (match !== undefined) this.#kept.add(match.entry); // the latest now, and so the last to be forgotten
    if (match !== undefined && match.length === match.entry.tokens.length) return this.#takeOver(match);
    const run = this.#freeRuns.pop() ?? this.#evict(match?.entry);
    if (run === undefined) return match && this.#takeOver(match);
    if (match === undefined) return this.#begin(run, salt, 0);
    return this.#beginWithCopy({ run, salt, computed: match.length }, match.entry.run, copies);
  }

  reserve(): boolean {
    return true;
  }

  commit(sequence: KvSequence, _tokens: Int32Array, length: number): void {
    sequence.computed = length;
    this.#copied.delete(sequence);
  }

  truncate(sequence: KvSequence, length: number): void {
    sequence.computed = Math.min(sequence.computed, length);
  }

  chosen(): void {}

  fork(sequence: KvSequence, copies: BlockCopies): KvSequence | undefined {
    const run = this.#freeRuns.pop() ?? this.#evict(undefined);
    if (run === undefined) return undefined;
    const { salt, computed } = sequence;
    return this.#beginWithCopy({ run, salt, computed }, sequence.slot, copies);
  }

  release(sequence: KvSequence, tokens: Int32Array): void {
    const { slot: run, computed, salt } = sequence;
    this.#running.delete(sequence);
    const kept = tokens.slice(0, computed);
    // A copy that nothing was added to is not kept either: it may not have been made, and its source, which was, would
    // give way to it.
    if (this.#copied.delete(sequence) || computed === 0 || this.#kept.covering(kept, salt) !== undefined) {
      this.#freeRuns.push(run); // what adds nothing is not kept
      return;
    }
    for (const covered of this.#kept.coveredBy(kept, salt)) {
      this.#kept.remove(covered);
      this.#freeRuns.push(covered.run);
    }
    this.#kept.add({ run, tokens: kept, salt });
  }

  // What gave way is not remembered, so it counts as never having been there.
  explain(tokens: Int32Array, salt: string, found: number): CacheMiss | undefined {
    if (found >= tokens.length - 1) return undefined;
    const entries = [...this.#kept.entries];
    const alike = (entry: Kept): number => commonPrefix(entry.tokens, tokens);
    if (found > 0) {
      const there = entries.filter((entry) => entry.salt === salt && alike(entry) === found);
      return there.every((entry) => entry.tokens.length > found) ? 'history_edited' : undefined;
    }
    const start = Math.min(this.blockSize, tokens.length - 1);
    const elsewhere = entries.some((entry) => entry.salt !== salt && alike(entry) >= start);
    return elsewhere ? 'different_salt' : 'nothing_in_common';
  }

  usage(): KvUsage {
    const perRun = this.#blocksPerRun * this.blockSize;
    let cachedTokens = 0;
    for (const { tokens } of this.#kept.entries) cachedTokens += tokens.length;
    return {
      totalTokens: this.#runs * perRun,
      reservedTokens: this.#running.size * perRun,
      usedTokens: [...this.#running].reduce((sum, { computed }) => sum + computed, 0),
      cachedTokens,
    };
  }

  #takeOver({ entry, length }: PrefixMatch<KeptRun>): KvSequence {
    this.#kept.remove(entry);
    return this.#begin(entry.run, entry.salt, length);
  }

  #evict(spared: KeptRun | undefined): number | undefined {
    const oldest = this.#kept.oldest(spared);
    if (oldest !== undefined) this.#kept.remove(oldest);
    return oldest?.run;
  }

  // A run's number is its slot, and its blocks are always the same.
  #begin(run: number, salt: string, computed: number): KvSequence {
    const first = run * this.#blocksPerRun;
    const blocks = Int32Array.from({ length: this.#blocksPerRun }, (_, i) => first + i);
    const sequence = { slot: run, blocks, blockCount: this.#blocksPerRun, salt, computed };
    this.#running.add(sequence);
    return sequence;
  }

  #beginWithCopy(
    { run, salt, computed }: { run: number; salt: string; computed: number },
    from: number,
    copies: BlockCopies,
  ): KvSequence {
    for (let i = 0; i * this.blockSize < computed; i++) {
      copies.push(from * this.#blocksPerRun + i, run * this.#blocksPerRun + i);
    }
    const sequence = this.#begin(run, salt, computed);
    this.#copied.add(sequence);
    return sequence;
  }
}
