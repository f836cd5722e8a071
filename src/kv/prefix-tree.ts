// What is computed, as a tree: a node is a block, its path from the root is the text before it, and its own tokens
// are the block's. Two sequences that begin alike share the nodes of their common blocks. Full blocks are found
// by a hash of parent and tokens; then, and for the last block that agrees only in part, the tokens themselves are
// compared, so a collision is harmless and a match is exact to the token.
//
// Blocks of 4 tokens, two sequences:       root "" ── 7 [a b c d] ─┬─ 2 [e f g h] ── 5 [i]
//   a b c d e f g h i                                              └─ 3 [e x]
//   a b c d e x
//
// A root is a salt: texts under different salts never meet. All state is typed arrays, made once, indexed by block.

import { assert } from '../base/assert.ts';
import { type BlockId, blockId } from '../base/ids.ts';

/** Where a chain begins: one for each salt. */
export interface TreeRoot {
  readonly salt: string;
  /** in `parent` and in hashes, roots are below all blocks: -2, -3, ... */
  readonly id: number;
  /** nodes below it and sequences that hold it; it is forgotten with the last of them */
  users: number;
  firstChild: number;
}

export type TreePlace = TreeRoot | BlockId;

export interface PartialMatch {
  readonly block: BlockId;
  /** tokens that agree, at least 1 */
  readonly length: number;
}

const NONE = -1;

export class PrefixTree {
  readonly #blockSize: number;
  readonly #tokens: Int32Array; // [blocks, blockSize]
  readonly #count: Uint16Array; // [blocks] tokens in the node; 0 = not in the tree
  readonly #parent: Int32Array; // [blocks] a block, or the id of a root
  readonly #firstChild: Int32Array; // [blocks]
  readonly #nextSibling: Int32Array; // [blocks]
  readonly #previousSibling: Int32Array; // [blocks]
  readonly #hash: Int32Array; // [blocks] of a full node
  readonly #buckets: Int32Array; // [power of two] first full node with a hash
  readonly #nextInBucket: Int32Array; // [blocks]
  readonly #roots = new Map<string, TreeRoot>();
  readonly #rootById = new Map<number, TreeRoot>();
  #nextRootId = -2;

  constructor(blocks: number, blockSize: number) {
    this.#blockSize = blockSize;
    this.#tokens = new Int32Array(blocks * blockSize);
    this.#count = new Uint16Array(blocks);
    this.#parent = new Int32Array(blocks).fill(NONE);
    this.#firstChild = new Int32Array(blocks).fill(NONE);
    this.#nextSibling = new Int32Array(blocks).fill(NONE);
    this.#previousSibling = new Int32Array(blocks).fill(NONE);
    this.#hash = new Int32Array(blocks);
    this.#buckets = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(2, 2 * blocks)))).fill(NONE);
    this.#nextInBucket = new Int32Array(blocks).fill(NONE);
  }

  get roots(): Iterable<TreeRoot> {
    return this.#roots.values();
  }

  /** The root of a salt when anything is below it. */
  findRoot(salt: string): TreeRoot | undefined {
    return this.#roots.get(salt);
  }

  /** The root of a salt, for a sequence that will put nodes under it; see `releaseRoot`. */
  holdRoot(salt: string): TreeRoot {
    let root = this.#roots.get(salt);
    if (root === undefined) {
      root = { salt, id: this.#nextRootId--, users: 0, firstChild: NONE };
      this.#roots.set(salt, root);
      this.#rootById.set(root.id, root);
    }
    root.users++;
    return root;
  }

  releaseRoot(root: TreeRoot): void {
    assert(root.users > 0, 'a root released twice');
    if (--root.users > 0) return;
    this.#roots.delete(root.salt);
    this.#rootById.delete(root.id);
  }

  has(block: BlockId): boolean {
    return this.#count[block]! > 0;
  }

  /** Tokens in the node, 0 for a block that is none. */
  count(block: BlockId): number {
    return this.#count[block]!;
  }

  /** The tokens of a node, not a copy. [count] */
  tokensOf(block: BlockId): Int32Array {
    const from = block * this.#blockSize;
    return this.#tokens.subarray(from, from + this.#count[block]!);
  }

  parentOf(block: BlockId): TreePlace {
    const parent = this.#parent[block]!;
    return parent >= 0 ? blockId(parent) : this.#rootById.get(parent)!;
  }

  hasChildren(block: BlockId): boolean {
    return this.#firstChild[block] !== NONE;
  }

  *childrenOf(place: TreePlace): Iterable<BlockId> {
    for (let child = this.#firstChildOf(place); child !== NONE; child = this.#nextSibling[child]!) {
      yield blockId(child);
    }
  }

  /** The full child of `place` that holds tokens[at] to tokens[at + blockSize - 1]. */
  fullChild(place: TreePlace, tokens: Int32Array, at: number): BlockId | undefined {
    const parent = idOf(place);
    const hash = this.#hashOf(parent, tokens, at);
    let node = this.#buckets[hash & (this.#buckets.length - 1)]!;
    while (node !== NONE) {
      if (this.#hash[node] === hash && this.#parent[node] === parent && this.#equal(node, tokens, at)) {
        return blockId(node);
      }
      node = this.#nextInBucket[node]!;
    }
    return undefined;
  }

  /** The child of `place` that shares most with tokens[at] to tokens[end - 1]. */
  partialChild(place: TreePlace, tokens: Int32Array, at: number, end: number): PartialMatch | undefined {
    let best = NONE;
    let longest = 0;
    const wanted = Math.min(end - at, this.#blockSize);
    for (let child = this.#firstChildOf(place); child !== NONE && longest < wanted; ) {
      const length = this.#agreement(child, tokens, at, wanted);
      if (length > longest) {
        best = child;
        longest = length;
      }
      child = this.#nextSibling[child]!;
    }
    return best === NONE ? undefined : { block: blockId(best), length: longest };
  }

  /** Puts an empty block under `place`, to hold tokens[at] to tokens[end - 1] (at least one, at most a block). */
  insert(block: BlockId, place: TreePlace, tokens: Int32Array, at: number, end: number): void {
    assert(this.#count[block] === 0, 'a block is in the tree once');
    assert(typeof place !== 'number' || this.#count[place] === this.#blockSize, 'only a full block goes on');
    const sibling = this.#firstChildOf(place);
    this.#parent[block] = idOf(place);
    this.#previousSibling[block] = NONE;
    this.#nextSibling[block] = sibling;
    if (sibling !== NONE) this.#previousSibling[sibling] = block;
    this.#setFirstChild(place, block);
    if (typeof place !== 'number') place.users++;
    this.append(block, tokens, at, end);
  }

  /** Adds tokens[at] to tokens[end - 1] to a node, as far as its block goes. */
  append(block: BlockId, tokens: Int32Array, at: number, end: number): void {
    const count = this.#count[block]!;
    assert(end > at && count + end - at <= this.#blockSize, 'more tokens than the block holds');
    this.#tokens.set(tokens.subarray(at, end), block * this.#blockSize + count);
    this.#count[block] = count + end - at;
    if (this.#count[block] === this.#blockSize) this.#index(block);
  }

  /** Takes a node without children out of the tree. */
  remove(block: BlockId): void {
    assert(this.#count[block]! > 0, 'a block that is not in the tree');
    assert(this.#firstChild[block] === NONE, 'a node goes before the one it continues');
    if (this.#count[block] === this.#blockSize) this.#unindex(block);
    const place = this.parentOf(block);
    const next = this.#nextSibling[block]!;
    const previous = this.#previousSibling[block]!;
    if (next !== NONE) this.#previousSibling[next] = previous;
    if (previous !== NONE) this.#nextSibling[previous] = next;
    else this.#setFirstChild(place, next);
    this.#count[block] = 0;
    this.#parent[block] = NONE;
    if (typeof place !== 'number') this.releaseRoot(place);
  }

  #firstChildOf(place: TreePlace): number {
    return typeof place === 'number' ? this.#firstChild[place]! : place.firstChild;
  }

  #setFirstChild(place: TreePlace, child: number): void {
    if (typeof place === 'number') this.#firstChild[place] = child;
    else place.firstChild = child;
  }

  #hashOf(parent: number, tokens: Int32Array, at: number): number {
    let hash = Math.imul(parent, 0x9e3779b1);
    for (let i = 0; i < this.#blockSize; i++) {
      hash = Math.imul((hash ^ tokens[at + i]!) + 0x7f4a7c15, 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  #equal(node: number, tokens: Int32Array, at: number): boolean {
    return this.#agreement(node, tokens, at, this.#blockSize) === this.#blockSize;
  }

  #agreement(node: number, tokens: Int32Array, at: number, wanted: number): number {
    const from = node * this.#blockSize;
    const most = Math.min(wanted, this.#count[node]!);
    let length = 0;
    while (length < most && this.#tokens[from + length] === tokens[at + length]) length++;
    return length;
  }

  #index(block: number): void {
    const hash = this.#hashOf(this.#parent[block]!, this.#tokens, block * this.#blockSize);
    const bucket = hash & (this.#buckets.length - 1);
    this.#hash[block] = hash;
    this.#nextInBucket[block] = this.#buckets[bucket]!;
    this.#buckets[bucket] = block;
  }

  #unindex(block: number): void {
    const bucket = this.#hash[block]! & (this.#buckets.length - 1);
    const next = this.#nextInBucket[block]!;
    let node = this.#buckets[bucket]!;
    if (node === block) {
      this.#buckets[bucket] = next;
      return;
    }
    while (this.#nextInBucket[node] !== block) node = this.#nextInBucket[node]!;
    this.#nextInBucket[node] = next;
  }
}

const idOf = (place: TreePlace): number => (typeof place === 'number' ? place : place.id);
