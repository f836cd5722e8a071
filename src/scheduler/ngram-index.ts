// Prompt-lookup decoding (Saxena 2023): text often repeats itself, so the tokens that followed an earlier occurrence
// of the last few tokens are a good draft. Drafting costs next to nothing, and one step verifies all drafts.
//
// For each n-gram of 4, 3 and 2 tokens the index stores where it ended last, so the cost per token does not depend on
// the length of the text. Only committed tokens are added; nothing is ever removed.

import { assert } from '../base/assert.ts';

const SIZES = [4, 3, 2]; // n-gram lengths, longest first
const INITIAL_SLOTS = 64; // slots of a table, a power of two

export class NgramIndex {
  readonly #tables = SIZES.map((size) => new LatestEnds(size));
  #length = 0; // number of tokens that were added

  /** Adds the new ones of the first `length` tokens. Tokens that were added before must not have changed. */
  add(tokens: Int32Array, length: number): void {
    if (length <= this.#length) return;
    for (const table of this.#tables) {
      table.ensureRoom(tokens, length - this.#length);
      for (let end = this.#length + 1; end <= length; end++) table.add(tokens, end);
    }
    this.#length = length;
  }

  /**
   * Returns the tokens after the latest earlier occurrence of the last n-gram of `tokens`, all of which must have
   * been added; undefined when there is none.
   * @param most maximum number of tokens
   */
  continuation(tokens: Int32Array, most: number): Int32Array | undefined {
    assert(tokens.length === this.#length, 'the text differs from the one that was added');
    for (const { earlier } of this.#tables) {
      if (earlier !== undefined) return tokens.slice(earlier, Math.min(tokens.length, earlier + most));
    }
    return undefined;
  }
}

// Where each n-gram of `size` tokens ended last: a hash table of end positions with linear probing. The n-grams
// themselves are read from the text.
class LatestEnds {
  /** where the n-gram added last ended before; undefined when it is new */
  earlier: number | undefined;
  readonly #size: number;
  #ends = new Int32Array(INITIAL_SLOTS); // [slots]; 0 is an empty slot: no n-gram ends there
  #used = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** Must be called before up to `more` n-grams are added; keeps half of the slots empty. */
  ensureRoom(tokens: Int32Array, more: number): void {
    let room = this.#ends.length;
    while (room < 2 * (this.#used + more)) room *= 2;
    if (room > this.#ends.length) this.#grow(tokens, room);
  }

  /** Adds the n-gram that ends before `tokens[end]`. */
  add(tokens: Int32Array, end: number): void {
    if (end < this.#size) return;
    const mask = this.#ends.length - 1;
    let slot = this.#hash(tokens, end) & mask;
    let known = this.#ends[slot]!;
    while (known !== 0 && !this.#areEqual(tokens, known, end)) {
      slot = (slot + 1) & mask;
      known = this.#ends[slot]!;
    }
    this.earlier = known === 0 ? undefined : known;
    if (known === 0) this.#used++;
    this.#ends[slot] = end;
  }

  #grow(tokens: Int32Array, room: number): void {
    const ends = new Int32Array(room);
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
    for (let at = end - this.#size; at < end; at++) hash = Math.imul(hash ^ tokens[at]!, 0x9e3779b1);
    return hash ^ (hash >>> 15);
  }

  #areEqual(tokens: Int32Array, a: number, b: number): boolean {
    for (let i = 1; i <= this.#size; i++) if (tokens[a - i] !== tokens[b - i]) return false;
    return true;
  }
}
