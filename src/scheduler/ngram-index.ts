// Prompt-lookup speculation (Saxena 2023): text often repeats itself, so the tokens that followed the last few
// tokens when they stood earlier in the same sequence are a good guess of what comes next. The guess costs
// nothing, and a step checks all of it at once: what the model would have chosen anyway is accepted.
//
// Of each run of 4, 3 and 2 tokens the index knows where it ended last, so a token costs the same however long the text
// is. Only settled tokens are added: nothing is ever taken out.

import { assert } from '../base/assert.ts';

const SIZES = [4, 3, 2]; // tokens that must agree, tried from the longest
const INITIAL_SLOTS = 64; // slots of a table, a power of two

export class NgramIndex {
  readonly #tables = SIZES.map((size) => new LatestEnds(size));
  #length = 0; // tokens that were added

  /** Adds what is new in the first `length` of `tokens`, of which those that were added before have not changed. */
  add(tokens: Int32Array, length: number): void {
    if (length <= this.#length) return;
    for (const table of this.#tables) {
      table.ensureRoom(tokens, length - this.#length);
      for (let end = this.#length + 1; end <= length; end++) table.add(tokens, end);
    }
    this.#length = length;
  }

  /**
   * Tokens that may follow `tokens`, all of which were added: those after the latest earlier place that agrees with
   * their end. Undefined when there is none.
   * @param most tokens wanted
   */
  continuation(tokens: Int32Array, most: number): Int32Array | undefined {
    assert(tokens.length === this.#length, 'the text is not the one that was added');
    for (const { earlier } of this.#tables) {
      if (earlier !== undefined) return tokens.slice(earlier, Math.min(tokens.length, earlier + most));
    }
    return undefined;
  }
}

// Where each run of `size` tokens ended last: a hash table of ends with linear probing. The runs themselves are read from
// the text.
class LatestEnds {
  /** where the last run that was added ended before that; undefined when it is new */
  earlier: number | undefined;
  readonly #size: number;
  #ends = new Int32Array(INITIAL_SLOTS); // [slots]; 0 is an empty slot, since no run ends there
  #used = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** To be called before up to `more` runs are added: half of the slots stay empty. */
  ensureRoom(tokens: Int32Array, more: number): void {
    let room = this.#ends.length;
    while (room < 2 * (this.#used + more)) room *= 2;
    if (room > this.#ends.length) this.#grow(tokens, room);
  }

  /** Adds the run that ends before `tokens[end]`. */
  add(tokens: Int32Array, end: number): void {
    if (end < this.#size) return;
    const mask = this.#ends.length - 1;
    let slot = this.#hash(tokens, end) & mask;
    let known = this.#ends[slot]!;
    while (known !== 0 && !this.#agree(tokens, known, end)) {
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

  #agree(tokens: Int32Array, a: number, b: number): boolean {
    for (let i = 1; i <= this.#size; i++) if (tokens[a - i] !== tokens[b - i]) return false;
    return true;
  }
}
