// Maps tokens to slots: a hash table of pairs with linear probing. A Map is two to three times slower for many
// tokens, when each lookup misses the CPU caches, and cannot be copied for a fork in one memory copy.

const INITIAL_PAIRS = 64; // pairs, a power of two

export class TokenSlots {
  #pairs = new Int32Array(2 * INITIAL_PAIRS); // [pairs][token, slot + 1]; a pair whose second is 0 is empty
  #count = 0;

  /** number of tokens that have a slot */
  get count(): number {
    return this.#count;
  }

  /** Returns the slot of `token`; undefined when it has none. */
  get(token: number): number | undefined {
    const found = this.#pairs[this.#pairIndex(token) + 1]!;
    return found === 0 ? undefined : found - 1;
  }

  /** Returns the slot of `token`; a new token gets the next free one, whose index is the previous `count`. */
  add(token: number): number {
    if (4 * this.#count >= this.#pairs.length) this.#grow();
    const index = this.#pairIndex(token);
    const found = this.#pairs[index + 1]!;
    if (found !== 0) return found - 1;
    this.#pairs[index] = token;
    this.#pairs[index + 1] = ++this.#count;
    return this.#count - 1;
  }

  /** Replaces the content by a copy of `other`. */
  copyFrom(other: TokenSlots): void {
    this.#pairs = other.#pairs.slice();
    this.#count = other.#count;
  }

  // Index of the pair of `token`, or of the free pair for it.
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
      const index = this.#pairIndex(before[at]!);
      this.#pairs[index] = before[at]!;
      this.#pairs[index + 1] = before[at + 1]!;
    }
  }
}
