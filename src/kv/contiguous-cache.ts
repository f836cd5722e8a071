// `contiguous`: the pool is divided into equal runs of the context length, one a sequence, as engines
// without paging do. A prompt that continues a finished sequence takes over its run; one that only starts
// alike gets a copy of the common part.

import { type BlockId, blockId } from '../base/ids.ts';
import { type Kept, KeptPrefixes } from './kept-prefixes.ts';
import type { BlockCopies, CachedSequence, KvCache, KvUsage } from './kv-cache.ts';

interface KeptRun extends Kept {
  readonly run: number;
}

interface RunSequence extends CachedSequence {
  readonly run: number;
}

export class ContiguousCache implements KvCache {
  readonly policy = 'contiguous';
  readonly blockSize: number;
  readonly maxLength: number;
  readonly #blocksPerRun: number;
  readonly #freeRuns: number[];
  readonly #kept = new KeptPrefixes<KeptRun>();
  readonly #running = new Set<RunSequence>();

  /** @param blocks of the pool; what is left over after the last whole run stays unused */
  constructor(blocks: number, blockSize: number, contextLength: number) {
    this.blockSize = blockSize;
    this.#blocksPerRun = Math.ceil(contextLength / blockSize);
    const runs = Math.floor(blocks / this.#blocksPerRun);
    this.maxLength = runs === 0 ? 0 : contextLength;
    this.#freeRuns = Array.from({ length: runs }, (_, i) => runs - 1 - i);
  }

  open(prompt: Int32Array, _length: number, copies: BlockCopies): CachedSequence | undefined {
    const match = this.#kept.match(prompt);
    if (match !== undefined && match.length === match.entry.tokens.length) {
      return this.#takeOver(match.entry, match.length);
    }
    const run = this.#freeRuns.pop() ?? this.#evict(match?.entry);
    if (run === undefined) return match && this.#takeOver(match.entry, match.length);
    const sequence = this.#begin(run, match?.length ?? 0);
    if (match !== undefined) this.#copy(match.entry.run, run, match.length, copies);
    return sequence;
  }

  extend(): void {}

  commit(sequence: CachedSequence, length: number): void {
    sequence.computed = length;
  }

  chosen(): void {}

  close(sequence: CachedSequence, tokens: Int32Array): void {
    const { run, computed } = sequence as RunSequence;
    this.#running.delete(sequence as RunSequence);
    const kept = tokens.slice(0, computed);
    if (this.#kept.covering(kept) !== undefined) {
      this.#freeRuns.push(run); // what adds nothing is not kept
      return;
    }
    for (const covered of this.#kept.coveredBy(kept)) {
      this.#kept.remove(covered);
      this.#freeRuns.push(covered.run);
    }
    if (computed > 0) this.#kept.add({ run, tokens: kept });
    else this.#freeRuns.push(run);
  }

  usage(): KvUsage {
    let runs = 0;
    let usedTokens = 0;
    for (const { computed } of this.#running) {
      runs++;
      usedTokens += computed;
    }
    for (const { tokens } of this.#kept.entries) {
      runs++;
      usedTokens += tokens.length;
    }
    return { reservedTokens: runs * this.#blocksPerRun * this.blockSize, usedTokens };
  }

  #takeOver(entry: KeptRun, computed: number): RunSequence {
    this.#kept.remove(entry);
    return this.#begin(entry.run, computed);
  }

  #evict(spared: KeptRun | undefined): number | undefined {
    const oldest = this.#kept.oldest(spared);
    if (oldest !== undefined) this.#kept.remove(oldest);
    return oldest?.run;
  }

  #begin(run: number, computed: number): RunSequence {
    const sequence = { run, blocks: this.#blocksOf(run), computed };
    this.#running.add(sequence);
    return sequence;
  }

  #blocksOf(run: number): BlockId[] {
    return Array.from({ length: this.#blocksPerRun }, (_, i) => blockId(run * this.#blocksPerRun + i));
  }

  #copy(from: number, to: number, tokens: number, copies: BlockCopies): void {
    const source = this.#blocksOf(from);
    const target = this.#blocksOf(to);
    for (let i = 0; i * this.blockSize < tokens; i++) copies.push(source[i]!, target[i]!);
  }
}
