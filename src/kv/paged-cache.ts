// `paged` (Kwon et al. 2023): sequences hold blocks from one pool, as many as they have filled. Finished
// sequences keep theirs until room is needed; a prompt that starts like one of them shares its blocks, and
// the first write to a shared block copies it.

import { assert } from '../base/assert.ts';
import type { BlockId } from '../base/ids.ts';
import type { BlockPool } from './block-pool.ts';
import { type Kept, KeptPrefixes } from './kept-prefixes.ts';
import type { BlockCopies, CachedSequence, KvCache, KvUsage } from './kv-cache.ts';

interface KeptBlocks extends Kept {
  readonly blocks: readonly BlockId[];
}

interface PagedSequence extends CachedSequence {
  /** blocks of the pool that are set aside for it */
  promised: number;
}

export class PagedCache implements KvCache {
  readonly policy = 'paged';
  readonly blockSize: number;
  readonly maxLength: number;
  readonly #pool: BlockPool;
  readonly #kept = new KeptPrefixes<KeptBlocks>();
  readonly #running = new Set<PagedSequence>();

  constructor(pool: BlockPool, blockSize: number) {
    this.#pool = pool;
    this.blockSize = blockSize;
    this.maxLength = pool.size * blockSize;
  }

  open(prompt: Int32Array, length: number): CachedSequence | undefined {
    const match = this.#kept.match(prompt); // the latest now, and so the last to be forgotten
    const computed = match?.length ?? 0;
    const blocks = match?.entry.blocks.slice(0, this.#blocksFor(computed)) ?? [];
    for (const block of blocks) this.#pool.share(block);
    const promised = this.#makeRoom(length, computed, blocks);
    if (promised === undefined) {
      for (const block of blocks) this.#pool.release(block);
      return undefined;
    }
    this.#pool.promise(promised);
    const sequence = { blocks, computed, promised };
    this.#running.add(sequence);
    return sequence;
  }

  extend(sequence: CachedSequence, length: number, copies: BlockCopies): void {
    const paged = sequence as PagedSequence;
    const first = Math.floor(paged.computed / this.blockSize);
    const shared = paged.blocks[first];
    if (shared !== undefined && this.#pool.owners(shared) > 1) {
      const own = this.#take(paged);
      copies.push(shared, own);
      paged.blocks[first] = own;
      this.#pool.release(shared);
    }
    while (paged.blocks.length < this.#blocksFor(length)) paged.blocks.push(this.#take(paged));
  }

  commit(sequence: CachedSequence, length: number): void {
    assert(length <= sequence.blocks.length * this.blockSize, 'more tokens than the blocks hold');
    sequence.computed = length;
  }

  chosen(): void {}

  close(sequence: CachedSequence, tokens: Int32Array): void {
    const paged = sequence as PagedSequence;
    this.#running.delete(paged);
    this.#pool.unpromise(paged.promised);
    const computed = tokens.slice(0, paged.computed);
    const covering = this.#kept.covering(computed); // what adds nothing is not kept
    const filled = covering === undefined ? this.#blocksFor(paged.computed) : 0;
    for (const block of paged.blocks.splice(filled)) this.#pool.release(block);
    if (covering !== undefined) return;
    for (const covered of this.#kept.coveredBy(computed)) this.#forget(covered);
    if (computed.length > 0) this.#kept.add({ tokens: computed, blocks: paged.blocks });
  }

  usage(): KvUsage {
    const filled = new Map<BlockId, number>();
    const count = (blocks: readonly BlockId[], computed: number): void => {
      blocks.forEach((block, i) => {
        const inBlock = Math.max(0, Math.min(this.blockSize, computed - i * this.blockSize));
        filled.set(block, Math.max(inBlock, filled.get(block) ?? 0));
      });
    };
    for (const { blocks, computed } of this.#running) count(blocks, computed);
    for (const { blocks, tokens } of this.#kept.entries) count(blocks, tokens.length);
    const usedTokens = [...filled.values()].reduce((sum, tokens) => sum + tokens, 0);
    return { reservedTokens: filled.size * this.blockSize, usedTokens };
  }

  // Forgets the least recently used until there is room for a sequence that holds `blocks`, and returns the
  // blocks it still needs. Forgets nothing when all of it would not be enough.
  #makeRoom(length: number, computed: number, blocks: readonly BlockId[]): number | undefined {
    const fresh = this.#blocksFor(length) - blocks.length;
    const tail = computed % this.blockSize > 0 ? blocks.at(-1) : undefined; // copied if others hold it too
    const kept = this.#keptReferences();
    const held = (block: BlockId): number => this.#pool.owners(block) - (kept.get(block) ?? 0);
    const reclaimable = [...kept.keys()].filter((block) => held(block) === 0).length;
    const least = fresh + (tail !== undefined && held(tail) > 1 ? 1 : 0);
    if (this.#pool.available + reclaimable < least) return undefined;
    const needed = (): number => fresh + (tail !== undefined && this.#pool.owners(tail) > 1 ? 1 : 0);
    while (this.#pool.available < needed()) this.#forget(this.#kept.oldest()!);
    return needed();
  }

  // How many kept entries own each block.
  #keptReferences(): Map<BlockId, number> {
    const references = new Map<BlockId, number>();
    for (const { blocks } of this.#kept.entries) {
      for (const block of blocks) references.set(block, (references.get(block) ?? 0) + 1);
    }
    return references;
  }

  #forget(entry: KeptBlocks): void {
    this.#kept.remove(entry);
    for (const block of entry.blocks) this.#pool.release(block);
  }

  #blocksFor(tokens: number): number {
    return Math.ceil(tokens / this.blockSize);
  }

  #take(sequence: PagedSequence): BlockId {
    sequence.promised--;
    return this.#pool.takePromised();
  }
}
