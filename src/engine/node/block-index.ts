// Which blocks a folder holds and how many bytes they take, the least recently used first. A map keeps the order in
// which its keys were put in, so taking a key out and putting it back is all that using it costs.

export class BlockIndex {
  readonly #bytesOf = new Map<string, number>(); // by key
  #bytes = 0;

  get count(): number {
    return this.#bytesOf.size;
  }

  /** of all blocks */
  get bytes(): number {
    return this.#bytes;
  }

  /** The key of the block to give way first. */
  get oldest(): string | undefined {
    return this.#bytesOf.keys().next().value;
  }

  has(key: string): boolean {
    return this.#bytesOf.has(key);
  }

  /** As the last one used. */
  add(key: string, bytes: number): void {
    this.remove(key);
    this.#bytesOf.set(key, bytes);
    this.#bytes += bytes;
  }

  use(key: string): void {
    const bytes = this.#bytesOf.get(key);
    if (bytes !== undefined) this.add(key, bytes);
  }

  remove(key: string): void {
    this.#bytes -= this.#bytesOf.get(key) ?? 0;
    this.#bytesOf.delete(key);
  }
}
