// `none`: blocks are kept only until the next token is chosen, then everything is computed again. It is
// the baseline that shows what a cache is worth, and it runs through the same attention.

import type { BlockId } from '../base/ids.ts';
import type { BlockPool } from './block-pool.ts';
import type { CachedSequence, KvCache, KvUsage } from './kv-cache.ts';

interface ForgetfulSequence extends CachedSequence {
  /** blocks it may hold at once; those it does not hold are promised */
  readonly most: number;
}

export class NoCache implements KvCache {
  readonly policy = 'none';
  readonly blockSize: number;
  readonly maxLength: number;
  readonly #pool: BlockPool;
  readonly #running = new Set<ForgetfulSequence>();

  constructor(pool: BlockPool, blockSize: number) {
    this.#pool = pool;
    this.blockSize = blockSize;
    this.maxLength = pool.size * blockSize;
  }

  open(_prompt: Int32Array, length: number): CachedSequence | undefined {
    const most = Math.ceil(length / this.blockSize);
    if (this.#pool.available < most) return undefined;
    this.#pool.promise(most);
    const sequence = { blocks: [] as BlockId[], computed: 0, most };
    this.#running.add(sequence);
    return sequence;
  }

  extend(sequence: CachedSequence, length: number): void {
    while (sequence.blocks.length * this.blockSize < length) sequence.blocks.push(this.#pool.takePromised());
  }

  commit(sequence: CachedSequence, length: number): void {
    sequence.computed = length;
  }

  chosen(sequence: CachedSequence): void {
    const blocks = sequence.blocks.splice(0);
    for (const block of blocks) this.#pool.release(block);
    this.#pool.promise(blocks.length);
    sequence.computed = 0;
  }

  close(sequence: CachedSequence): void {
    this.chosen(sequence);
    this.#pool.unpromise((sequence as ForgetfulSequence).most);
    this.#running.delete(sequence as ForgetfulSequence);
  }

  usage(): KvUsage {
    const held = [...this.#running];
    return {
      reservedTokens: held.reduce((sum, { blocks }) => sum + blocks.length * this.blockSize, 0),
      usedTokens: held.reduce((sum, { computed }) => sum + computed, 0),
    };
  }
}
