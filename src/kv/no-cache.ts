// `none`: blocks are kept only until the next token is chosen, then everything is computed again. It is
// the baseline that shows what a cache is worth, and it runs through the same attention.

import type { BlockPool } from './block-pool.ts';
import { type BlockTables, blockAt, pushBlock } from './block-tables.ts';
import type { FoundPrefix, KvCache, KvSequence, KvUsage } from './kv-cache.ts';

export class NoCache implements KvCache {
  readonly policy = 'none';
  readonly blockSize: number;
  readonly maxLength: number;
  readonly sharesRunning = false;
  readonly growsByBlocks = true;
  readonly #pool: BlockPool;
  readonly #tables: BlockTables;
  readonly #running = new Set<KvSequence>();

  constructor(pool: BlockPool, tables: BlockTables, shape: { blockSize: number; contextLength: number }) {
    this.#pool = pool;
    this.#tables = tables;
    this.blockSize = shape.blockSize;
    this.maxLength = Math.min(shape.contextLength, pool.size * shape.blockSize);
  }

  get available(): number {
    return this.#pool.available;
  }

  find(tokens: Int32Array): FoundPrefix {
    return { tokens: 0, running: 0, blocksNeeded: this.#blocksFor(tokens.length + 1), blocksTaken: 0 };
  }

  lookup(_tokens: Int32Array, salt: string): KvSequence | undefined {
    const table = this.#tables.take();
    if (table === undefined) return undefined;
    const sequence = { ...table, salt, computed: 0 };
    this.#running.add(sequence);
    return sequence;
  }

  reserve(sequence: KvSequence, length: number): boolean {
    const fresh = Math.max(0, this.#blocksFor(length) - sequence.blockCount);
    if (fresh > this.#pool.available) return false;
    for (let i = 0; i < fresh; i++) pushBlock(sequence, this.#pool.take());
    return true;
  }

  commit(sequence: KvSequence, _tokens: Int32Array, length: number): void {
    sequence.computed = length;
  }

  truncate(sequence: KvSequence, length: number): void {
    sequence.computed = Math.min(sequence.computed, length);
    const keep = this.#blocksFor(sequence.computed);
    while (sequence.blockCount > keep) {
      this.#pool.release(blockAt(sequence, --sequence.blockCount), false);
    }
  }

  chosen(sequence: KvSequence): void {
    this.truncate(sequence, 0);
  }

  fork({ salt }: KvSequence): KvSequence | undefined {
    return this.lookup(new Int32Array(0), salt);
  }

  release(sequence: KvSequence): void {
    this.truncate(sequence, 0);
    this.#tables.give(sequence);
    this.#running.delete(sequence);
  }

  explain(): 'cache_off' {
    return 'cache_off';
  }

  usage(): KvUsage {
    const held = [...this.#running];
    return {
      totalTokens: this.#pool.size * this.blockSize,
      reservedTokens: held.reduce((sum, { blockCount }) => sum + blockCount * this.blockSize, 0),
      usedTokens: held.reduce((sum, { computed }) => sum + computed, 0),
      cachedTokens: 0,
    };
  }

  #blocksFor(tokens: number): number {
    return Math.ceil(tokens / this.blockSize);
  }
}
