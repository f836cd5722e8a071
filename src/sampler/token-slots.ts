// Maps tokens to slots with a hash table of pairs and linear probing. With many tokens, a Map is two to three times slower,
// because its lookups miss the CPU caches more often. For a fork, the table is copied with one memory copy.

const INITIAL_PAIRS = 64; // a power of two

export class TokenSlots {
  #pairs = new Int32Array(2 * INITIAL_PAIRS); // [pairs][token, slot + 1]; slot + 1 is 0 in unused pairs
  #count = 0;

  /** number of tokens that have a slot */
  get count(): number {
    return this.#count;
  }

  /** Returns the slot of `token`; undefined if it has no slot. */
  get(token: number): number | undefined {
    const slotPlusOne = this.#pairs[this.#pairIndex(token) + 1]!;
    return slotPlusOne === 0 ? undefined : slotPlusOne - 1;
  }

  /** Returns the slot of `token`. A new token gets the next slot, whose index is the number of tokens before. */
  add(token: number): number {
    if (4 * this.#count >= this.#pairs.length) this.#grow();
    const index = this.#pairIndex(token);
    const slotPlusOne = this.#pairs[index + 1]!;
    if (slotPlusOne !== 0) return slotPlusOne - 1;
    this.#pairs[index] = token;
    this.#pairs[index + 1] = ++this.#count;
    return this.#count - 1;
  }

  /** Replaces the content by a copy of `other`. */
  copyFrom(other: TokenSlots): void {
    this.#pairs = other.#pairs.slice();
    this.#count = other.#count;
  }

  // Returns the index of the pair of `token`, or of the unused pair for a new token.
  #pairIndex(token: number): number {
    const pairs = this.#pairs;
    const mask = (pairs.length >> 1) - 1;
    const hash = Math.imul(token, 0x9e3779b1);
    let pair = (hash ^ (hash >>> 15)) & mask;
    while (pairs[2 * pair + 1] !== 0 && pairs[2 * pair] !== token) pair = (pair + 1) & mask;
    return 2 * pair;
  }

  #grow(): void {
    const before = this.#pairs;
    this.#pairs = new Int32Array(2 * before.length);
    for (let i = 0; i < before.length; i += 2) {
      if (before[i + 1] === 0) continue;
      const index = this.#pairIndex(before[i]!);
      this.#pairs[index] = before[i]!;
      this.#pairs[index + 1] = before[i + 1]!;
    }
  }
}
