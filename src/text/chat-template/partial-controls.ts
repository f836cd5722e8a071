// Parts of control strings: a text that ends with the beginning of one, or begins with the end of one, could
// make it whole together with what it is put beside. A text is read once in either direction, by the automaton
// of Aho and Corasick (1975): its state is the longest part that the text read so far ends with.
//
// Example, "<|end|>": read to "a<|" the state is "<|", a beginning; at "a<|x" there is none.

import { ROOT, StringTrie } from '../special-tokens/string-trie.ts';

export class PartialControlScanner {
  readonly #trie: StringTrie;
  /** by state, the longest shorter part that it ends with */
  readonly #failure: Int32Array;
  /** by state, whether it ends with a part that is not the whole of a control string */
  readonly #proper: Uint8Array;

  constructor(controls: Iterable<string>) {
    this.#trie = new StringTrie(controls);
    this.#failure = new Int32Array(this.#trie.stateCount);
    this.#proper = new Uint8Array(this.#trie.stateCount);
    // What a state leads to is longer, so the shorter ones are known when they are asked for.
    for (const [from, code, to] of this.#trie.transitions()) {
      this.#failure[to] = from === ROOT ? ROOT : this.#follow(this.#failure[from] as number, code);
      if (from !== ROOT) this.#proper[from] = 1;
    }
    for (const [, , to] of this.#trie.transitions()) {
      if (this.#proper[this.#failure[to] as number] === 1) this.#proper[to] = 1;
    }
  }

  /** The state after `code`; ROOT is the one before a text. */
  next(state: number, code: number): number {
    if (state !== ROOT) return this.#follow(state, code);
    return this.#trie.canStartWith(code) ? this.#trie.step(ROOT, code) : ROOT;
  }

  /** What was read ends with the beginning of a control string. */
  isProperPart(state: number): boolean {
    return this.#proper[state] === 1;
  }

  #follow(from: number, code: number): number {
    for (let state = from; ; state = this.#failure[state] as number) {
      const next = this.#trie.step(state, code);
      if (next !== ROOT || state === ROOT) return next;
    }
  }
}

/** Reads texts from the left, for the beginnings of control strings at their end. */
export const createPrefixScanner = (controls: readonly string[]): PartialControlScanner =>
  new PartialControlScanner(controls);

/** Reads texts from the right, for the ends of control strings at their start. */
export const createSuffixScanner = (controls: readonly string[]): PartialControlScanner =>
  new PartialControlScanner(controls.map((control) => control.split('').reverse().join('')));
