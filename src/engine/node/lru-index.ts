// The keys and sizes of the blocks in a folder, in LRU order. A Map iterates in insertion order, so marking a key as used costs one
// deletion and one insertion.

export class LruIndex {
  readonly #bytesOf = new Map<string, number>(); // by key
  #bytes = 0;

  get count(): number {
    return this.#bytesOf.size;
  }

  /** bytes of all blocks */
  get bytes(): number {
    return this.#bytes;
  }

  /** key of the least recently used block */
  get oldest(): string | undefined {
    return this.#bytesOf.keys().next().value;
  }

  has(key: string): boolean {
    return this.#bytesOf.has(key);
  }

  /** Adds a block, or changes its size, and marks it as most recently used. */
  add(key: string, bytes: number): void {
    this.remove(key);
    this.#bytesOf.set(key, bytes);
    this.#bytes += bytes;
  }

  /** Marks a block as most recently used. */
  use(key: string): void {
    const bytes = this.#bytesOf.get(key);
    if (bytes !== undefined) this.add(key, bytes);
  }

  remove(key: string): void {
    this.#bytes -= this.#bytesOf.get(key) ?? 0;
    this.#bytesOf.delete(key);
  }
}
