// Moves blocks between memory and a tier: full blocks are offered to it when their last owner lets go, and read
// back when a prompt goes on beyond what memory holds. A block is pinned while it is read or written, and so are
// those before it, which must not give way sooner. One that is only offered is not: it is kept if the store comes to
// it before its room is needed, so a slow store holds nobody up.

import type { EventRing } from '../base/event-ring.ts';
import type { BlockId } from '../base/ids.ts';
import type { BlockPool } from './block-pool.ts';
import type { PrefixTree, TreePlace } from './prefix-tree.ts';
import type { BlockKey, TierStore } from './tier-store.ts';

// Reading blocks out of KV memory takes a little time between two steps.
const MOST_STORING = 4;
// Of all blocks: what must be left for others while a chain is held.
const LEFT_FOR_OTHERS = 1 / 8;

export class Tier {
  readonly #store: TierStore;
  readonly #pool: BlockPool;
  readonly #tree: PrefixTree;
  readonly #blockSize: number;
  readonly #events: EventRing;
  readonly #moving = new Set<Promise<unknown>>();
  readonly #offered = new Set<BlockId>(); // full blocks in the tree that the store has not come to, first come first
  #storing = 0; // blocks
  #awaitsStore = false;
  #ending = false;
  readonly #keys = new Map<BlockId, BlockKey>(); // of full blocks in the tree, as far as they were asked for

  constructor(store: TierStore, pool: BlockPool, tree: PrefixTree, blockSize: number, events: EventRing) {
    this.#store = store;
    this.#pool = pool;
    this.#tree = tree;
    this.#blockSize = blockSize;
    this.#events = events;
  }

  /** Keys of the blocks that the tier has of tokens[at] and after, `at` following on `place`. */
  stored(tokens: Int32Array, at: number, place: TreePlace, salt: string): BlockKey[] {
    const keys: BlockKey[] = [];
    let parent = typeof place === 'number' ? this.#keyOf(place) : this.#store.rootKey(salt);
    for (let from = at; from + this.#blockSize < tokens.length; from += this.#blockSize) {
      parent = this.#store.keyOf(parent, tokens.subarray(from, from + this.#blockSize));
      if (!this.#store.has(parent)) break;
      keys.push(parent);
    }
    return keys;
  }

  /** Settles when one of the blocks that are being moved is at rest; undefined when none is moving. */
  get moved(): Promise<unknown> | undefined {
    return this.#moving.size === 0 ? undefined : Promise.race(this.#moving);
  }

  /** Reads blocks from the tier. How many of them, from the first, hold what they should. */
  async load(keys: readonly BlockKey[], blocks: readonly BlockId[]): Promise<number> {
    for (const block of blocks) this.#pool.pin(block);
    const load = async (key: BlockKey, block: BlockId): Promise<boolean> => this.#store.load(key, block);
    const loading = Promise.all(keys.map((key, i) => load(key, blocks[i]!).catch(() => false)));
    this.#watch(loading);
    const failed = (await loading).indexOf(false);
    return failed < 0 ? keys.length : failed;
  }

  /** After `load`, when its blocks stand in the tree or not. */
  unpin(blocks: readonly BlockId[]): void {
    for (const block of blocks.toReversed()) this.#pool.unpin(block, this.#tree.has(block));
  }

  /** Offers a full block whose last owner is about to let go. */
  offer(block: BlockId): void {
    const key = this.#keyOf(block);
    if (this.#store.has(key)) return this.#store.used(key);
    this.#offered.add(block);
    this.#storeNext();
  }

  /**
   * At the end, when nobody needs memory any more: offers every full block that is nobody's, as far as the store has
   * room, the last used first and beginnings of texts before their ends. Settles when the store has come to all.
   */
  async keepIdle(): Promise<void> {
    this.#ending = true;
    this.#offered.clear();
    while (this.moved !== undefined) await this.moved; // what is pinned meanwhile is not seen as idle
    const full = [...this.#pool.order()].filter((block) => this.#tree.count(block) === this.#blockSize);
    const kept = full.slice(-this.#store.capacity);
    for (const block of kept) if (this.#store.has(this.#keyOf(block))) this.#store.used(this.#keyOf(block));
    for (const block of kept.reverse()) if (!this.#store.has(this.#keyOf(block))) this.#offered.add(block);
    this.#storeNext();
    while (this.#storing + this.#offered.size > 0) {
      const next = this.moved ?? this.#store.busy;
      if (next === undefined) return;
      await next;
    }
  }

  #storeNext(): void {
    for (const block of this.#offered) {
      if (this.#storing === MOST_STORING || this.#storeIsBusy() || !this.#mayHold(block)) return;
      this.#offered.delete(block);
      this.#beginStoring(block);
    }
  }

  #storeIsBusy(): boolean {
    const { busy } = this.#store;
    if (busy === undefined) return false;
    if (!this.#awaitsStore) {
      this.#awaitsStore = true;
      const goOn = (): void => {
        this.#awaitsStore = false;
        this.#storeNext();
      };
      busy.then(goOn, goOn); // a store that fails says so for each block
    }
    return true;
  }

  #beginStoring(block: BlockId): void {
    this.#hold(block);
    this.#storing++;
    this.#events.push('stored', block, 0);
    const done = (): void => {
      this.#storing--;
      this.#drop(block);
      this.#storeNext();
    };
    const store = async (): Promise<void> => this.#store.store(this.#keyOf(block), block);
    this.#watch(store().then(done, done)); // what was not kept is computed again
  }

  // Whoever runs must not lose blocks because idle ones are being stored.
  #mayHold(block: BlockId): boolean {
    if (this.#ending) return true;
    let left = this.#pool.available;
    for (let place: TreePlace = block; typeof place === 'number'; place = this.#tree.parentOf(place)) {
      if (this.#pool.pins(place) > 0) break;
      if (this.#pool.isCached(place)) left--;
    }
    return left >= this.#pool.size * LEFT_FOR_OTHERS;
  }

  // Pins a block and, through the first pin of each, all before it.
  #hold(block: BlockId): void {
    for (let place: TreePlace = block; typeof place === 'number'; place = this.#tree.parentOf(place)) {
      this.#pool.pin(place);
      if (this.#pool.pins(place) > 1) return;
    }
  }

  #drop(block: BlockId): void {
    for (let place: TreePlace = block; typeof place === 'number'; ) {
      const before = this.#tree.parentOf(place);
      this.#pool.unpin(place, true);
      if (this.#pool.pins(place) > 0) return;
      place = before;
    }
  }

  #watch(work: Promise<unknown>): void {
    const settled: Promise<boolean> = work.then(
      () => this.#moving.delete(settled),
      () => this.#moving.delete(settled),
    );
    this.#moving.add(settled); // whoever waits for one only wants to know that it is over
  }

  /** A block leaves the tree. */
  forget(block: BlockId): void {
    this.#keys.delete(block);
    this.#offered.delete(block);
  }

  #keyOf(block: BlockId): BlockKey {
    const known = this.#keys.get(block);
    if (known !== undefined) return known;
    const place = this.#tree.parentOf(block);
    const parent = typeof place === 'number' ? this.#keyOf(place) : this.#store.rootKey(place.salt);
    const key = this.#store.keyOf(parent, this.#tree.tokensOf(block));
    this.#keys.set(block, key);
    return key;
  }
}
