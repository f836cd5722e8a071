// Finds partial control strings: a text that ends with a prefix of a control string, or starts with a suffix of a
// control string, could form the whole string with adjacent text. One scan in each direction finds them with the
// automaton of Aho and Corasick (1975). Its state is the longest prefix of a control string that the scanned text ends with.
//
// Example, "<|end|>": after "a<|" the state is "<|", a prefix; after "a<|x" it is the root.

import { ROOT_STATE, StringTrie } from '../special-tokens/string-trie.ts';

export class PartialControlScanner {
  readonly #trie: StringTrie;
  /** by state, the failure link: the state of the longest proper suffix of its prefix that is also a prefix */
  readonly #failure: Int32Array;
  /** by state, 1 if a text in this state ends with a proper prefix of a control string */
  readonly #partialControlStates: Uint8Array;

  constructor(controls: Iterable<string>) {
    this.#trie = new StringTrie(controls);
    this.#failure = new Int32Array(this.#trie.stateCount);
    this.#partialControlStates = new Uint8Array(this.#trie.stateCount);
    // Transitions are in order of depth, so the failure links of shorter states are known.
    for (const [from, code, to] of this.#trie.transitions()) {
      this.#failure[to] =
        from === ROOT_STATE ? ROOT_STATE : this.#follow(this.#failure[from] as number, code);
      if (from !== ROOT_STATE) this.#partialControlStates[from] = 1;
    }
    for (const [, , to] of this.#trie.transitions()) {
      if (this.#partialControlStates[this.#failure[to] as number] === 1) this.#partialControlStates[to] = 1;
    }
  }

  /** Returns the state after `code`; ROOT_STATE is the initial state. */
  next(state: number, code: number): number {
    if (state !== ROOT_STATE) return this.#follow(state, code);
    return this.#trie.canStartWith(code) ? this.#trie.step(ROOT_STATE, code) : ROOT_STATE;
  }

  /** Returns whether the last scanned part of the text is a proper prefix (in a scan from the right: suffix) of a control string. */
  isPartialControl(state: number): boolean {
    return this.#partialControlStates[state] === 1;
  }

  #follow(from: number, code: number): number {
    for (let state = from; ; state = this.#failure[state] as number) {
      const next = this.#trie.step(state, code);
      if (next !== ROOT_STATE || state === ROOT_STATE) return next;
    }
  }
}

/** Creates a scanner of texts from the left, for prefixes of control strings. */
export const createPrefixScanner = (controls: readonly string[]): PartialControlScanner =>
  new PartialControlScanner(controls);

/** Creates a scanner of texts from the right, for suffixes of control strings. */
export const createSuffixScanner = (controls: readonly string[]): PartialControlScanner =>
  new PartialControlScanner(controls.map((control) => control.split('').reverse().join('')));
