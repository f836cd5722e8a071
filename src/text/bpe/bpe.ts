// Byte-pair encoding: a word begins as its characters, and the pair of neighbours with the smallest rank is
// merged, the leftmost among equals, until no pair has one (Sennrich et al. 2016; SentencePiece ranks a pair
// by the score of the token that it makes).
//
// Written here although there is a library, @huggingface/tokenizers, because that one ranks each pair apart:
// SentencePiece gives all pairs that make the same token the same rank and lets the position decide, which changes
// ids. It also builds a JSON string for each look-up: 100,000 characters in one word take it five times as long.
//
// Example, ranks "l o" 0, "lo w" 1, "e r" 2: l o w e r -> lo w e r -> low e r -> low er.

import { finish, type Steps } from '../../base/steps.ts';
import { PairHeap } from './pair-heap.ts';

/** The rank of merging text[start, middle) with text[middle, end); undefined when they do not merge. */
export type PairRank = (text: string, start: number, middle: number, end: number) => number | undefined;

export interface WordSplitter {
  /** The pieces that the merges of `word` end with; together they are the word. */
  split(word: string): string[];
  /** Gives the same pieces to `take`, in order, pausing now and then: for words of any length. */
  steps(word: string, take: (piece: string) => void): Steps<void>;
}

// Pairs looked up, or merges done, between two pauses: well under a millisecond.
const PAUSE = 128;
// Memory that a longer word needed is not kept.
const KEPT_LENGTH = 4096;

export function createWordSplitter(rank: PairRank): WordSplitter {
  // One is enough unless words are split in turns with others.
  const idle: Workspace[] = [];
  function* steps(word: string, take: (piece: string) => void): Steps<void> {
    const workspace = idle.pop() ?? new Workspace(rank);
    yield* workspace.split(word, take);
    if (word.length <= KEPT_LENGTH) idle.push(workspace);
  }
  const split = (word: string): string[] => {
    const pieces: string[] = [];
    finish(steps(word, (piece) => pieces.push(piece)));
    return pieces;
  };
  return { split, steps };
}

// The memory of one word's merges, reused from word to word.
class Workspace {
  readonly #rank: PairRank;
  readonly #symbols = new SymbolList();
  readonly #heap = new PairHeap();

  constructor(rank: PairRank) {
    this.#rank = rank;
  }

  *split(word: string, take: (piece: string) => void): Steps<void> {
    this.#symbols.reset(word.length);
    // Each merge, of which there are fewer than characters, offers two new pairs.
    this.#heap.reset(3 * word.length);
    yield* this.#addPairs(word);
    yield* this.#merge(word);
    yield* this.#pieces(word, take);
  }

  *#addPairs(word: string): Steps<void> {
    const symbols = this.#symbols;
    for (let at = 0; at < word.length; at = symbols.lastEnd) {
      // One symbol per code point; a lone surrogate is one.
      symbols.add(at, at + ((word.codePointAt(at) ?? 0) > 0xffff ? 2 : 1));
      if (symbols.count > 1) this.#consider(word, symbols.count - 2);
      if (symbols.count % PAUSE === 0) yield;
    }
  }

  *#merge(word: string): Steps<void> {
    const symbols = this.#symbols;
    const heap = this.#heap;
    let taken = 0;
    for (let entry = heap.pop(); entry !== undefined; entry = heap.pop()) {
      if (++taken % PAUSE === 0) yield;
      const left = heap.left(entry);
      if (!symbols.stillPair(left, heap.right(entry), heap.end(entry))) continue;
      symbols.merge(left, heap.right(entry));
      const previous = symbols.previous(left);
      if (previous !== undefined) this.#consider(word, previous);
      this.#consider(word, left);
    }
  }

  #consider(word: string, left: number): void {
    const symbols = this.#symbols;
    const right = symbols.next(left);
    if (right === undefined) return;
    const end = symbols.end(right);
    const found = this.#rank(word, symbols.start(left), symbols.start(right), end);
    if (found !== undefined) this.#heap.push(found, left, right, end);
  }

  *#pieces(word: string, take: (piece: string) => void): Steps<void> {
    const symbols = this.#symbols;
    let count = 0;
    let symbol: number | undefined = symbols.count > 0 ? 0 : undefined;
    for (; symbol !== undefined; symbol = symbols.next(symbol)) {
      take(word.slice(symbols.start(symbol), symbols.end(symbol)));
      if (++count % PAUSE === 0) yield;
    }
  }
}

const NONE = -1;

// The symbols of one word as a doubly linked list in typed arrays, reused from word to word. A symbol is
// text[start, end); a merged right symbol has its end at its start.
class SymbolList {
  #start = new Int32Array(64);
  #end = new Int32Array(64);
  #previous = new Int32Array(64);
  #next = new Int32Array(64);

  #count = 0;

  /** Empties the list and makes room for `capacity` symbols. */
  reset(capacity: number): void {
    this.#count = 0;
    if (capacity <= this.#start.length) return;
    this.#start = new Int32Array(capacity);
    this.#end = new Int32Array(capacity);
    this.#previous = new Int32Array(capacity);
    this.#next = new Int32Array(capacity);
  }

  /** Symbols added, merged ones counted. */
  get count(): number {
    return this.#count;
  }

  /** Where the last symbol added ends. */
  get lastEnd(): number {
    return this.end(this.#count - 1);
  }

  /** Appends text[start, end). */
  add(start: number, end: number): void {
    const symbol = this.#count++;
    this.#start[symbol] = start;
    this.#end[symbol] = end;
    this.#previous[symbol] = symbol - 1;
    this.#next[symbol] = NONE;
    if (symbol > 0) this.#next[symbol - 1] = symbol;
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
}
