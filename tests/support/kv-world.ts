// A cache policy in a simulated memory: every slot holds the token whose keys and values would lie there.
// Copies and writes are done as a backend does them, so that wrong sharing shows as a wrong token. The
// invariants of the design are written here once and checked after each operation.

import type { BlockId } from '../../src/base/ids.ts';
import type { BlockPool } from '../../src/kv/block-pool.ts';
import type { BlockCopies, CachedSequence, KvCache } from '../../src/kv/kv-cache.ts';

const EMPTY = -1;

export interface WorldSequence {
  readonly cached: CachedSequence;
  readonly cachedTokens: number;
  /** most tokens it will ever have */
  readonly capacity: number;
  readonly tokens: number[];
}

/** Part of a step: `count` more tokens of a sequence. */
export interface WorldWork {
  readonly sequence: WorldSequence;
  readonly count: number;
}

export class KvWorld {
  readonly running: WorldSequence[] = [];
  /** what was computed of the sequences that ended */
  readonly ended: number[][] = [];
  readonly #cache: KvCache;
  readonly #pool: BlockPool | undefined;
  readonly #memory: Int32Array; // [blocks, blockSize] tokens
  #copies: BlockCopies = [];

  /** @param pool of the cache, for policies that have one */
  constructor(cache: KvCache, blocks: number, pool?: BlockPool) {
    this.#cache = cache;
    this.#pool = pool;
    this.#memory = new Int32Array(blocks * cache.blockSize).fill(EMPTY);
  }

  open(prompt: readonly number[], capacity: number): WorldSequence | undefined {
    const cached = this.#cache.open(Int32Array.from(prompt), capacity, this.#copies);
    if (cached === undefined) {
      require(this.running.length > 0, 'a sequence alone finds room');
      this.#check();
      return undefined;
    }
    const sequence = { cached, cachedTokens: cached.computed, capacity, tokens: [...prompt] };
    require(cached.computed < prompt.length, 'the last token of a prompt is computed');
    this.running.push(sequence);
    this.#check();
    return sequence;
  }

  /** A step: blocks for all, then copies, then writes, then commits. */
  step(work: readonly WorldWork[]): void {
    for (const { sequence, count } of work) {
      this.#cache.extend(sequence.cached, sequence.cached.computed + count, this.#copies);
    }
    this.#applyCopies();
    this.#checkContents();
    this.#write(work);
    for (const { sequence, count } of work) {
      this.#cache.commit(sequence.cached, sequence.cached.computed + count);
    }
    this.#check();
    this.#checkContents();
  }

  /** The next token of a sequence whose tokens are all computed. */
  choose(sequence: WorldSequence, token: number): void {
    require(sequence.cached.computed === sequence.tokens.length, 'a token is chosen from computed ones');
    this.#cache.chosen(sequence.cached);
    sequence.tokens.push(token);
    this.#check();
  }

  close(sequence: WorldSequence): void {
    this.running.splice(this.running.indexOf(sequence), 1);
    this.ended.push(sequence.tokens.slice(0, sequence.cached.computed));
    this.#cache.close(sequence.cached, Int32Array.from(sequence.tokens));
    this.#check();
  }

  /** Tokens of `prompt`, all but the last at most, that some ended sequence computed from its start. */
  longestEnded(prompt: readonly number[]): number {
    const shared = (tokens: readonly number[]): number => {
      const differs = prompt.slice(0, -1).findIndex((token, i) => tokens[i] !== token);
      return differs < 0 ? prompt.length - 1 : differs;
    };
    return Math.max(0, ...this.ended.map(shared));
  }

  #applyCopies(): void {
    const { blockSize } = this.#cache;
    for (let i = 0; i < this.#copies.length; i += 2) {
      const from = this.#copies[i]! * blockSize;
      this.#memory.copyWithin(this.#copies[i + 1]! * blockSize, from, from + blockSize);
    }
    this.#copies = [];
  }

  #write(work: readonly WorldWork[]): void {
    for (const { sequence, count } of work) {
      const { computed } = sequence.cached;
      for (let position = computed; position < computed + count; position++) {
        const block = this.#blockAt(sequence, position);
        const holders = this.running.filter(({ cached }) => cached.blocks.includes(block));
        require(holders.length === 1, `block ${block} is written and shared by ${holders.length}`);
        if (this.#pool) require(this.#pool.owners(block) === 1, `block ${block} is written and has owners`);
        this.#memory[this.#slot(sequence, position)] = sequence.tokens[position]!;
      }
    }
  }

  #checkContents(): void {
    for (const sequence of this.running) {
      for (let position = 0; position < sequence.cached.computed; position++) {
        const found = this.#memory[this.#slot(sequence, position)];
        require(found === sequence.tokens[position], `position ${position} holds the token ${found}`);
      }
    }
  }

  #check(): void {
    const { blockSize } = this.#cache;
    const { reservedTokens, usedTokens } = this.#cache.usage();
    require(usedTokens <= reservedTokens, 'no more tokens than slots');
    const references = new Map<BlockId, number>();
    for (const { cached } of this.running) {
      require(new Set(cached.blocks).size === cached.blocks.length, 'a sequence has each block once');
      require(cached.blocks.length * blockSize >= cached.computed, 'computed tokens have slots');
      for (const block of cached.blocks) references.set(block, (references.get(block) ?? 0) + 1);
    }
    if (this.#pool !== undefined) this.#checkPool(this.#pool, references, reservedTokens);
    const lastBlocks = this.running.length + this.ended.length;
    const runs = this.#pool === undefined;
    require(runs ||
      reservedTokens - usedTokens <= (blockSize - 1) * lastBlocks, 'less than a block is wasted');
  }

  #checkPool(pool: BlockPool, references: Map<BlockId, number>, reservedTokens: number): void {
    let owned = 0;
    for (let id = 0; id < pool.size; id++) if (pool.owners(id as BlockId) > 0) owned++;
    require(owned + pool.freeCount === pool.size, 'a block is free or owned');
    require(owned * this.#cache.blockSize === reservedTokens, 'what is reported is what is owned');
    require(pool.promised <= pool.freeCount, 'no more promised than free');
    for (const [block, count] of references) require(pool.owners(block) >= count, 'each holder is an owner');
  }

  #blockAt({ cached }: WorldSequence, position: number): BlockId {
    return cached.blocks[Math.floor(position / this.#cache.blockSize)]!;
  }

  #slot(sequence: WorldSequence, position: number): number {
    const { blockSize } = this.#cache;
    return this.#blockAt(sequence, position) * blockSize + (position % blockSize);
  }
}

function require(condition: boolean, what: string): void {
  if (!condition) throw new Error(`broken: ${what}`);
}
