// The cache policy `none`: a sequence releases its blocks after each sampled token, and all its tokens are computed again
// for the next token. This is the baseline that shows the value of a cache; it runs the same attention kernel. All layer
// groups store the same positions, so they use the same table.

import type { BlockPool } from './block-pool.ts';
import { type BlockTables, blockAt, pushBlock, type TableSlot } from './block-tables.ts';
import type { GrowingSequence, KvCache, KvSequence, KvUsage, PrefixMatch } from './kv-cache.ts';

interface UncachedMatch extends PrefixMatch {
  readonly length: number;
  readonly salt: string;
}

interface UncachedSequence extends KvSequence {
  readonly tableSlot: TableSlot;
}

export class NoCache implements KvCache {
  readonly policy = 'none';
  readonly canShareRunning = false;
  readonly retainsTokens = false;
  readonly blockSize: number;
  readonly groups: number;
  readonly maxLength: number;
  readonly #pool: BlockPool;
  readonly #tables: BlockTables;
  readonly #running = new Set<KvSequence>();

  /** @param tables tables for a single group */
  constructor(
    pool: BlockPool,
    tables: BlockTables,
    shape: { blockSize: number; contextLength: number; groups: number },
  ) {
    this.#pool = pool;
    this.#tables = tables;
    this.blockSize = shape.blockSize;
    this.groups = shape.groups;
    this.maxLength = Math.min(shape.contextLength, pool.size * shape.blockSize);
  }

  match({ length }: Int32Array, salt: string): UncachedMatch {
    return { tokens: 0, runningTokens: 0, storedTokens: 0, length, salt };
  }

  explain(): 'cache_off' {
    return 'cache_off';
  }

  canAdmit({ length }: UncachedMatch, others: Iterable<GrowingSequence>, headroom: number): boolean {
    let available = this.#pool.availableCount;
    for (const { kv, length: otherLength } of others) {
      available -= Math.max(0, this.#blocksFor(otherLength + 1) - kv!.tables[0]!.end) + headroom;
    }
    return available >= this.#blocksFor(length + 1);
  }

  createSequence({ salt }: UncachedMatch): KvSequence | undefined {
    return this.#startSequence(salt);
  }

  reserve({ tables }: KvSequence, length: number): boolean {
    const table = tables[0]!;
    const addedBlocks = Math.max(0, this.#blocksFor(length) - table.end);
    if (addedBlocks > this.#pool.availableCount) return false;
    for (let i = 0; i < addedBlocks; i++) pushBlock(table, this.#pool.allocate());
    return true;
  }

  commit(sequence: KvSequence, _tokens: Int32Array, length: number): void {
    sequence.computed = length;
  }

  truncate(sequence: KvSequence, length: number): void {
    sequence.computed = Math.min(sequence.computed, length);
    const blocks = this.#blocksFor(sequence.computed);
    const table = sequence.tables[0]!;
    while (table.end > blocks) this.#pool.release(blockAt(table, --table.end), false);
  }

  fork({ salt }: KvSequence): KvSequence | undefined {
    return this.#startSequence(salt);
  }

  release(sequence: UncachedSequence): void {
    this.truncate(sequence, 0);
    this.#tables.release(sequence.tableSlot);
    this.#running.delete(sequence);
  }

  usage(): KvUsage[] {
    const runningSequences = [...this.#running];
    const usage = {
      totalTokens: this.#pool.size * this.blockSize,
      reservedTokens: runningSequences.reduce((sum, { tables }) => sum + tables[0]!.end * this.blockSize, 0),
      usedTokens: runningSequences.reduce((sum, { computed }) => sum + computed, 0),
      cachedTokens: 0,
    };
    return new Array<KvUsage>(this.groups).fill(usage);
  }

  #startSequence(salt: string): UncachedSequence | undefined {
    const tableSlot = this.#tables.allocate();
    if (tableSlot === undefined) return undefined;
    const tables = new Array<TableSlot['tables'][0]>(this.groups).fill(tableSlot.tables[0]!);
    const sequence = { slot: tableSlot.slot, tableSlot, tables, salt, computed: 0 };
    this.#running.add(sequence);
    return sequence;
  }

  #blocksFor(tokens: number): number {
    return Math.ceil(tokens / this.blockSize);
  }
}
