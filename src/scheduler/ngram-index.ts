// Prompt-lookup decoding (Saxena 2023): text often repeats itself, so the tokens after an earlier occurrence of the last
// few tokens are a good draft. Such drafts cost almost nothing, and one step verifies all of them.
//
// For each n-gram of 4, 3 and 2 tokens the index stores where its latest occurrence ends, so the cost per token does not
// depend on the length of the text. Only committed tokens are added, and no token is ever removed.

import { assert } from '../base/assert.ts';

const SIZES = [4, 3, 2]; // n-gram lengths, longest first
const INITIAL_SLOTS = 64; // initial number of slots of a table, a power of two

export class NgramIndex {
  readonly #tables = SIZES.map((size) => new LatestEnds(size));
  #length = 0; // number of tokens that were added

  /** Adds those of the first `length` tokens that were not added before. Tokens that were added must not change. */
  add(tokens: Int32Array, length: number): void {
    if (length <= this.#length) return;
    for (const table of this.#tables) {
      table.ensureCapacity(tokens, length - this.#length);
      for (let end = this.#length + 1; end <= length; end++) table.add(tokens, end);
    }
    this.#length = length;
  }

  /**
   * Returns the tokens after the latest earlier occurrence of the n-gram at the end of `tokens`; undefined if there is no
   * earlier occurrence. All of `tokens` must have been added.
   * @param maxTokens maximum number of returned tokens
   */
  continuation(tokens: Int32Array, maxTokens: number): Int32Array | undefined {
    assert(tokens.length === this.#length, 'the number of tokens differs from the number that was added');
    for (const { previousEnd } of this.#tables) {
      if (previousEnd === undefined) continue;
      return tokens.slice(previousEnd, Math.min(tokens.length, previousEnd + maxTokens));
    }
    return undefined;
  }
}

// Stores where the latest occurrence of each n-gram of `size` tokens ends: a hash table of end positions with linear
// probing. The tokens of the n-grams are read from the text.
class LatestEnds {
  /** end of the previous occurrence of the n-gram that was added last; undefined if it has none */
  previousEnd: number | undefined;
  readonly #size: number;
  #ends = new Int32Array(INITIAL_SLOTS); // [slots]; 0 marks an empty slot, because no n-gram ends at 0
  #usedSlots = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** Grows the table so that half of its slots are still empty after `count` more n-grams are added. */
  ensureCapacity(tokens: Int32Array, count: number): void {
    let slots = this.#ends.length;
    while (slots < 2 * (this.#usedSlots + count)) slots *= 2;
    if (slots > this.#ends.length) this.#grow(tokens, slots);
  }

  /** Adds the n-gram that ends before `tokens[end]`. */
  add(tokens: Int32Array, end: number): void {
    if (end < this.#size) return;
    const mask = this.#ends.length - 1;
    let slot = this.#hash(tokens, end) & mask;
    let storedEnd = this.#ends[slot]!;
    while (storedEnd !== 0 && !this.#areEqual(tokens, storedEnd, end)) {
      slot = (slot + 1) & mask;
      storedEnd = this.#ends[slot]!;
    }
    this.previousEnd = storedEnd === 0 ? undefined : storedEnd;
    if (storedEnd === 0) this.#usedSlots++;
    this.#ends[slot] = end;
  }

  #grow(tokens: Int32Array, slots: number): void {
    const ends = new Int32Array(slots);
    const mask = ends.length - 1;
    for (const end of this.#ends) {
      if (end === 0) continue;
      let slot = this.#hash(tokens, end) & mask;
      while (ends[slot] !== 0) slot = (slot + 1) & mask;
      ends[slot] = end;
    }
    this.#ends = ends;
  }

  #hash(tokens: Int32Array, end: number): number {
    let hash = 0;
    for (let i = end - this.#size; i < end; i++) hash = Math.imul(hash ^ tokens[i]!, 0x9e3779b1);
    return hash ^ (hash >>> 15);
  }

  #areEqual(tokens: Int32Array, a: number, b: number): boolean {
    for (let i = 1; i <= this.#size; i++) if (tokens[a - i] !== tokens[b - i]) return false;
    return true;
  }
}
