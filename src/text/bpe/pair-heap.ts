// A binary heap of candidate merges, ordered by rank, then by position, in typed arrays that are reused from word to
// word. Outdated candidates stay in the heap: the caller checks each popped entry.

export class PairHeap {
  // Indexed by entry, one for each candidate that was pushed for this word. [capacity]
  #rank = new Float64Array(64);
  #left = new Int32Array(64);
  #right = new Int32Array(64);
  #end = new Int32Array(64);
  // The entries in heap order. [capacity]
  #order = new Int32Array(64);
  #entries = 0;
  #size = 0;

  /** Empties the heap and reserves capacity for `capacity` pushes. */
  reset(capacity: number): void {
    this.#entries = 0;
    this.#size = 0;
    if (capacity <= this.#rank.length) return;
    this.#rank = new Float64Array(capacity);
    this.#left = new Int32Array(capacity);
    this.#right = new Int32Array(capacity);
    this.#end = new Int32Array(capacity);
    this.#order = new Int32Array(capacity);
  }

  /** @param end end of the right symbol when the candidate was found */
  push(rank: number, left: number, right: number, end: number): void {
    const entry = this.#entries++;
    this.#rank[entry] = rank;
    this.#left[entry] = left;
    this.#right[entry] = right;
    this.#end[entry] = end;
    this.#siftUp(entry, this.#size++);
  }

  /** Removes the entry of the best candidate and returns it; undefined if the heap is empty. */
  pop(): number | undefined {
    if (this.#size === 0) return undefined;
    const best = this.#order[0];
    const last = this.#order[--this.#size] as number;
    if (this.#size > 0) this.#siftDown(last);
    return best;
  }

  left(entry: number): number {
    return this.#left[entry] as number;
  }

  right(entry: number): number {
    return this.#right[entry] as number;
  }

  end(entry: number): number {
    return this.#end[entry] as number;
  }

  #precedes(a: number, b: number): boolean {
    const difference = (this.#rank[a] as number) - (this.#rank[b] as number);
    return difference === 0 ? (this.#left[a] as number) < (this.#left[b] as number) : difference < 0;
  }

  #siftUp(entry: number, from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const parentEntry = this.#order[parent] as number;
      if (!this.#precedes(entry, parentEntry)) break;
      this.#order[index] = parentEntry;
      index = parent;
    }
    this.#order[index] = entry;
  }

  #siftDown(entry: number): void {
    let index = 0;
    for (;;) {
      const child = this.#smallerChild(index);
      if (child === undefined || !this.#precedes(this.#order[child] as number, entry)) break;
      this.#order[index] = this.#order[child] as number;
      index = child;
    }
    this.#order[index] = entry;
  }

  #smallerChild(index: number): number | undefined {
    const left = 2 * index + 1;
    if (left >= this.#size) return undefined;
    const right = left + 1;
    if (right >= this.#size) return left;
    return this.#precedes(this.#order[right] as number, this.#order[left] as number) ? right : left;
  }
}
