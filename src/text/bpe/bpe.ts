// Byte-pair encoding. A word starts as its characters. The adjacent pair with the smallest rank is merged (if several
// pairs have it, the leftmost), until no pair has a rank (Sennrich et al. 2016; SentencePiece ranks a pair by the score
// of the token that it forms).
//
// The library @huggingface/tokenizers was not used because it gives each pair a separate rank. SentencePiece gives all
// pairs that form the same token the same rank and merges the leftmost of them first, which changes ids. The library also
// builds a JSON string for each look-up, so that a word of 100,000 characters takes five times as long.
//
// Example, ranks "l o" 0, "lo w" 1, "e r" 2: l o w e r -> lo w e r -> low e r -> low er.

import type { Steps } from '../../base/steps.ts';
import { codePointLength } from '../surrogates.ts';
import { PairHeap } from './pair-heap.ts';

/** Returns the rank of merging text[start, middle) with text[middle, end); undefined if they do not merge. */
export type PairRank = (text: string, start: number, middle: number, end: number) => number | undefined;

/** Passes the pieces that remain after all merges of `word` to `emit`, in order; concatenated, the pieces are the word. */
export type WordSplitter = (word: string, emit: (piece: string) => void) => Steps<void>;

// Pairs that are looked up, or merges, between two pauses: they take well under a millisecond.
const PAUSE_OPERATIONS = 128;
// The workspace of a longer word is released, not reused.
const MAX_RETAINED_LENGTH = 4096;

export function createWordSplitter(rank: PairRank): WordSplitter {
  // Workspaces that are not in use: more than one only after several words were split concurrently.
  const idleWorkspaces: Workspace[] = [];
  return function* (word, emit) {
    const workspace = idleWorkspaces.pop() ?? new Workspace(rank);
    yield* workspace.split(word, emit);
    if (word.length <= MAX_RETAINED_LENGTH) idleWorkspaces.push(workspace);
  };
}

// The buffers for the merges of one word, reused from word to word.
class Workspace {
  readonly #rank: PairRank;
  readonly #symbols = new SymbolList();
  readonly #heap = new PairHeap();

  constructor(rank: PairRank) {
    this.#rank = rank;
  }

  *split(word: string, emit: (piece: string) => void): Steps<void> {
    this.#symbols.reset(word.length);
    // There are fewer merges than characters, and each merge pushes at most two new pairs.
    this.#heap.reset(3 * word.length);
    yield* this.#addPairs(word);
    yield* this.#merge(word);
    yield* this.#emitPieces(word, emit);
  }

  *#addPairs(word: string): Steps<void> {
    const symbols = this.#symbols;
    for (let start = 0; start < word.length; start = symbols.lastEnd) {
      // One symbol per code point; a lone surrogate is one symbol.
      symbols.add(start, start + codePointLength(word, start));
      if (symbols.count > 1) this.#pushPair(word, symbols.count - 2);
      if (symbols.count % PAUSE_OPERATIONS === 0) yield;
    }
  }

  *#merge(word: string): Steps<void> {
    const symbols = this.#symbols;
    const heap = this.#heap;
    let poppedCount = 0;
    for (let entry = heap.pop(); entry !== undefined; entry = heap.pop()) {
      if (++poppedCount % PAUSE_OPERATIONS === 0) yield;
      const left = heap.left(entry);
      if (!symbols.isCurrentPair(left, heap.right(entry), heap.end(entry))) continue;
      symbols.merge(left, heap.right(entry));
      const previous = symbols.previous(left);
      if (previous !== undefined) this.#pushPair(word, previous);
      this.#pushPair(word, left);
    }
  }

  #pushPair(word: string, left: number): void {
    const symbols = this.#symbols;
    const right = symbols.next(left);
    if (right === undefined) return;
    const end = symbols.end(right);
    const rank = this.#rank(word, symbols.start(left), symbols.start(right), end);
    if (rank !== undefined) this.#heap.push(rank, left, right, end);
  }

  *#emitPieces(word: string, emit: (piece: string) => void): Steps<void> {
    const symbols = this.#symbols;
    let count = 0;
    let symbol: number | undefined = symbols.count > 0 ? 0 : undefined;
    for (; symbol !== undefined; symbol = symbols.next(symbol)) {
      emit(word.slice(symbols.start(symbol), symbols.end(symbol)));
      if (++count % PAUSE_OPERATIONS === 0) yield;
    }
  }
}

const NONE = -1;

// The symbols of one word as a doubly linked list in typed arrays, reused from word to word. A symbol is
// text[start, end). Merging empties the right symbol: its end is set to its start.
class SymbolList {
  #start = new Int32Array(64);
  #end = new Int32Array(64);
  #previous = new Int32Array(64);
  #next = new Int32Array(64);

  #count = 0;

  /** Empties the list and reserves capacity for `capacity` symbols. */
  reset(capacity: number): void {
    this.#count = 0;
    if (capacity <= this.#start.length) return;
    this.#start = new Int32Array(capacity);
    this.#end = new Int32Array(capacity);
    this.#previous = new Int32Array(capacity);
    this.#next = new Int32Array(capacity);
  }

  /** symbols added, including merged ones */
  get count(): number {
    return this.#count;
  }

  /** end of the symbol that was added last */
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

  /** Returns whether the symbols are still neighbours and `right` still ends at `end`: neither was merged since. */
  isCurrentPair(left: number, right: number, end: number): boolean {
    const areNotEmpty = this.start(left) < this.end(left) && this.start(right) < this.end(right);
    return areNotEmpty && this.#next[left] === right && this.end(right) === end;
  }

  merge(left: number, right: number): void {
    this.#end[left] = this.end(right);
    this.#end[right] = this.start(right);
    const following = this.#next[right] as number;
    this.#next[left] = following;
    if (following !== NONE) this.#previous[following] = left;
  }
}
