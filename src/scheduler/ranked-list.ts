// A list of sequences sorted by rank, then by id.

import type { RankFunction } from './policies.ts';
import type { Sequence } from './sequence.ts';

export class RankedList implements Iterable<Sequence> {
  readonly #rank: RankFunction;
  readonly #items: Sequence[] = [];

  constructor(rank: RankFunction) {
    this.#rank = rank;
  }

  get length(): number {
    return this.#items.length;
  }

  at(index: number): Sequence | undefined {
    return this.#items.at(index);
  }

  add(sequence: Sequence): void {
    this.#items.splice(this.#indexFor(sequence), 0, sequence);
  }

  /** Removes a sequence; returns whether it was in the list. */
  remove(sequence: Sequence): boolean {
    const index = this.#indexFor(sequence);
    if (this.#items[index] !== sequence) return false;
    this.#items.splice(index, 1);
    return true;
  }

  [Symbol.iterator](): Iterator<Sequence> {
    return this.#items[Symbol.iterator]();
  }

  // Returns the index of a sequence, or the index at which to insert it.
  #indexFor(sequence: Sequence): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isBefore(this.#items[middle]!, sequence)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isBefore(a: Sequence, b: Sequence): boolean {
    const difference = this.#rank(a) - this.#rank(b);
    return difference < 0 || (difference === 0 && a.id < b.id);
  }
}
