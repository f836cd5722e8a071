// Which slot a token has, as a hash table of pairs with linear probing. A Map does the same at two to three times the cost
// where tokens are many and each look misses the processor's caches, and cannot be copied for a fork in one move of memory.

const INITIAL_PAIRS = 64; // pairs, a power of two

export class TokenSlots {
  #pairs = new Int32Array(2 * INITIAL_PAIRS); // [pairs][token, slot + 1]; a pair whose second is 0 is empty
  #count = 0;

  /** tokens that have a slot */
  get count(): number {
    return this.#count;
  }

  /** The slot of `token`; undefined when it has none. */
  get(token: number): number | undefined {
    const found = this.#pairs[this.#pairIndex(token) + 1]!;
    return found === 0 ? undefined : found - 1;
  }

  /** The slot of `token`, which is the next free one, `count` before the call, when it has none yet. */
  add(token: number): number {
    if (4 * this.#count >= this.#pairs.length) this.#grow();
    const place = this.#pairIndex(token);
    const found = this.#pairs[place + 1]!;
    if (found !== 0) return found - 1;
    this.#pairs[place] = token;
    this.#pairs[place + 1] = ++this.#count;
    return this.#count - 1;
  }

  /** Has what `other` has from now on. */
  copyFrom(other: TokenSlots): void {
    this.#pairs = other.#pairs.slice();
    this.#count = other.#count;
  }

  // Where the pair of `token` is, or would be.
  #pairIndex(token: number): number {
    const pairs = this.#pairs;
    const mask = (pairs.length >> 1) - 1;
    const mixed = Math.imul(token, 0x9e3779b1);
    let pair = (mixed ^ (mixed >>> 15)) & mask;
    while (pairs[2 * pair + 1] !== 0 && pairs[2 * pair] !== token) pair = (pair + 1) & mask;
    return 2 * pair;
  }

  #grow(): void {
    const before = this.#pairs;
    this.#pairs = new Int32Array(2 * before.length);
    for (let at = 0; at < before.length; at += 2) {
      if (before[at + 1] === 0) continue;
      const place = this.#pairIndex(before[at]!);
      this.#pairs[place] = before[at]!;
      this.#pairs[place + 1] = before[at + 1]!;
    }
  }
}
