// A binary heap of candidate merges, smallest rank first and leftmost first among equals, in typed arrays
// that are reused from word to word. Outdated candidates stay in it: whoever takes one checks it.

export class PairHeap {
  // one entry per candidate ever pushed for this word. [capacity]
  #rank = new Float64Array(64);
  #left = new Int32Array(64);
  #right = new Int32Array(64);
  #end = new Int32Array(64);
  // entry indices in heap order. [capacity]
  #order = new Int32Array(64);
  #entries = 0;
  #size = 0;

  /** Empties the heap and makes room for `capacity` pushes. */
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

  /** @param end where the right symbol ended when the candidate was found */
  push(rank: number, left: number, right: number, end: number): void {
    const entry = this.#entries++;
    this.#rank[entry] = rank;
    this.#left[entry] = left;
    this.#right[entry] = right;
    this.#end[entry] = end;
    this.#rise(entry, this.#size++);
  }

  /** The best candidate's entry, taken out; undefined when empty. */
  pop(): number | undefined {
    if (this.#size === 0) return undefined;
    const best = this.#order[0];
    const last = this.#order[--this.#size] as number;
    if (this.#size > 0) this.#sink(last);
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

  #before(a: number, b: number): boolean {
    const difference = (this.#rank[a] as number) - (this.#rank[b] as number);
    return difference === 0 ? (this.#left[a] as number) < (this.#left[b] as number) : difference < 0;
  }

  #rise(entry: number, from: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = this.#order[parent] as number;
      if (!this.#before(entry, above)) break;
      this.#order[place] = above;
      place = parent;
    }
    this.#order[place] = entry;
  }

  #sink(entry: number): void {
    let place = 0;
    for (;;) {
      const child = this.#betterChild(place);
      if (child === undefined || !this.#before(this.#order[child] as number, entry)) break;
      this.#order[place] = this.#order[child] as number;
      place = child;
    }
    this.#order[place] = entry;
  }

  #betterChild(place: number): number | undefined {
    const left = 2 * place + 1;
    if (left >= this.#size) return undefined;
    const right = left + 1;
    if (right >= this.#size) return left;
    return this.#before(this.#order[right] as number, this.#order[left] as number) ? right : left;
  }
}
