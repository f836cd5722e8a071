// Byte-pair encoding: a word begins as its characters, and the pair of neighbours with the smallest rank is
// merged, the leftmost among equals, until no pair has one (Sennrich et al. 2016; SentencePiece ranks a pair
// by the score of the token that it makes).
//
// Written here although @huggingface/tokenizers has one, because that one ranks each pair apart: SentencePiece
// gives all pairs that make the same token the same rank and lets the position decide, which changes ids.
// It also builds a JSON string for each look-up: 100,000 characters in one word take it five times as long.
//
// Example, ranks "l o" 0, "lo w" 1, "e r" 2: l o w e r -> lo w e r -> low e r -> low er.

import { PairHeap } from './pair-heap.ts';

/** The rank of merging text[start, middle) with text[middle, end); undefined when they do not merge. */
export type PairRank = (text: string, start: number, middle: number, end: number) => number | undefined;

/** Splits a word into the pieces that its merges end with; together they are the word. */
export type WordSplitter = (word: string) => string[];

export function createWordSplitter(rank: PairRank): WordSplitter {
  const symbols = new SymbolList();
  const heap = new PairHeap();
  const consider = (word: string, left: number): void => {
    const right = symbols.next(left);
    if (right === undefined) return;
    const end = symbols.end(right);
    const found = rank(word, symbols.start(left), symbols.start(right), end);
    if (found !== undefined) heap.push(found, left, right, end);
  };
  return (word) => {
    const count = symbols.reset(word);
    // Each of at most count - 1 merges offers two new pairs.
    heap.reset(3 * count);
    for (let left = 0; left < count - 1; left++) consider(word, left);
    for (let entry = heap.pop(); entry !== undefined; entry = heap.pop()) {
      const left = heap.left(entry);
      if (!symbols.stillPair(left, heap.right(entry), heap.end(entry))) continue;
      symbols.merge(left, heap.right(entry));
      const previous = symbols.previous(left);
      if (previous !== undefined) consider(word, previous);
      consider(word, left);
    }
    return symbols.pieces(word);
  };
}

const NONE = -1;

// The symbols of one word as a doubly linked list in typed arrays, reused from word to word. A symbol is
// text[start, end); a merged right symbol has its end at its start.
class SymbolList {
  #start = new Int32Array(64);
  #end = new Int32Array(64);
  #previous = new Int32Array(64);
  #next = new Int32Array(64);

  /** One symbol per code point of `word`, a lone surrogate being one; returns how many. */
  reset(word: string): number {
    this.#grow(word.length);
    let count = 0;
    for (let at = 0; at < word.length; count++) {
      this.#start[count] = at;
      at += (word.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
      this.#end[count] = at;
      this.#previous[count] = count - 1;
      this.#next[count] = count + 1;
    }
    if (count > 0) this.#next[count - 1] = NONE;
    return count;
  }

  start(symbol: number): number {
    return this.#start[symbol] as number;
  }

  end(symbol: number): number {
    return this.#end[symbol] as number;
  }

  next(symbol: number): number | undefined {
    const next = this.#next[symbol] as number;
    return next === NONE ? undefined : next;
  }

  previous(symbol: number): number | undefined {
    const previous = this.#previous[symbol] as number;
    return previous === NONE ? undefined : previous;
  }

  /** The two are neighbours still, and the right one ends where it did: so neither has been merged since. */
  stillPair(left: number, right: number, end: number): boolean {
    const alive = this.start(left) < this.end(left) && this.start(right) < this.end(right);
    return alive && this.#next[left] === right && this.end(right) === end;
  }

  merge(left: number, right: number): void {
    this.#end[left] = this.end(right);
    this.#end[right] = this.start(right);
    const after = this.#next[right] as number;
    this.#next[left] = after;
    if (after !== NONE) this.#previous[after] = left;
  }

  pieces(word: string): string[] {
    const pieces: string[] = [];
    if (word === '') return pieces;
    for (let symbol: number | undefined = 0; symbol !== undefined; symbol = this.next(symbol)) {
      pieces.push(word.slice(this.start(symbol), this.end(symbol)));
    }
    return pieces;
  }

  #grow(capacity: number): void {
    if (capacity <= this.#start.length) return;
    this.#start = new Int32Array(capacity);
    this.#end = new Int32Array(capacity);
    this.#previous = new Int32Array(capacity);
    this.#next = new Int32Array(capacity);
  }
}
