// What is computed, as a tree of texts: the path of a node from its root is the text before it, its own tokens are at
// most a block's, and for each group of layers it names the block that holds their keys and values, if any does. Two
// sequences that begin alike share the nodes of their common blocks. Full nodes are found by a hash of parent and
// tokens; then, and for the last node that agrees only in part, the tokens themselves are compared, so a collision is
// harmless and a match is exact to the token.
//
// Blocks of 4 tokens, two sequences:       root "" -- [a b c d] --+-- [e f g h] -- [i]
//   a b c d e f g h i                                             +-- [e x]
//   a b c d e x
//
// A root is a node without tokens, one for each salt: texts under different salts never meet. A node lives as long as
// it has a block, a child, or a sequence that holds it; so where layers slide, a node may be there without blocks,
// because the text goes on after it. All state is typed arrays, made once, indexed by node.

import { assert } from '../base/assert.ts';
import { type BlockId, blockId, type NodeId, nodeId } from '../base/ids.ts';

export interface PartialMatch {
  readonly node: NodeId;
  /** tokens that agree, at least 1 */
  readonly length: number;
}

export interface TreeShape {
  /** most nodes, roots included */
  readonly nodes: number;
  /** tokens in a full node */
  readonly blockSize: number;
  /** groups of layers */
  readonly groups: number;
  /** told of a node that is about to leave the tree */
  readonly onRemove?: (node: NodeId) => void;
}

const NONE = -1;

export class PrefixTree {
  readonly #blockSize: number;
  readonly #tokens: Int32Array; // [nodes, blockSize]
  readonly #count: Uint16Array; // [nodes] tokens in the node; 0: a root, or not in the tree
  readonly #users: Int32Array; // [nodes] blocks, children, and sequences that hold it
  readonly #parent: Int32Array; // [nodes]
  readonly #firstChild: Int32Array; // [nodes]
  readonly #nextSibling: Int32Array; // [nodes]
  readonly #previousSibling: Int32Array; // [nodes]
  readonly #blocks: readonly Int32Array[]; // [groups][nodes]
  readonly #hash: Int32Array; // [nodes] of a full node
  readonly #buckets: Int32Array; // [power of two] first full node with a hash
  readonly #nextInBucket: Int32Array; // [nodes]
  readonly #roots = new Map<string, NodeId>();
  readonly #salts = new Map<NodeId, string>();
  readonly #freeList: Int32Array; // [nodes] a stack
  #freeCount: number;
  readonly #onRemove: (node: NodeId) => void;

  constructor({ nodes, blockSize, groups, onRemove = () => {} }: TreeShape) {
    this.#blockSize = blockSize;
    this.#tokens = new Int32Array(nodes * blockSize);
    this.#count = new Uint16Array(nodes);
    this.#users = new Int32Array(nodes);
    this.#parent = new Int32Array(nodes).fill(NONE);
    this.#firstChild = new Int32Array(nodes).fill(NONE);
    this.#nextSibling = new Int32Array(nodes).fill(NONE);
    this.#previousSibling = new Int32Array(nodes).fill(NONE);
    this.#blocks = Array.from({ length: groups }, () => new Int32Array(nodes).fill(NONE));
    this.#hash = new Int32Array(nodes);
    this.#buckets = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(2, 2 * nodes)))).fill(NONE);
    this.#nextInBucket = new Int32Array(nodes).fill(NONE);
    this.#freeList = Int32Array.from({ length: nodes }, (_, i) => nodes - 1 - i);
    this.#freeCount = nodes;
    this.#onRemove = onRemove;
  }

  get roots(): Iterable<NodeId> {
    return this.#roots.values();
  }

  /** nodes that can still be made */
  get freeNodes(): number {
    return this.#freeCount;
  }

  /** The root of a salt when anything is below it. */
  findRoot(salt: string): NodeId | undefined {
    return this.#roots.get(salt);
  }

  /** The root of a salt, held for a sequence; see `release`. There must be an unused node. */
  holdRoot(salt: string): NodeId {
    let root = this.#roots.get(salt);
    if (root === undefined) {
      root = this.#allocate();
      this.#roots.set(salt, root);
      this.#salts.set(root, salt);
    }
    this.#users[root]!++;
    return root;
  }

  /** One more sequence that goes on from a node: it stays, whatever is evicted. */
  hold(node: NodeId): void {
    this.#users[node]!++;
  }

  release(node: NodeId): void {
    assert(this.#users[node]! > 0, 'a node released twice');
    this.#users[node]!--;
    this.#removeUnused(node);
  }

  /** Blocks, children and sequences of a node; 0 for one that is not in the tree. For checks. */
  users(node: NodeId): number {
    return this.#users[node]!;
  }

  /** Tokens in the node; 0 for a root. */
  count(node: NodeId): number {
    return this.#count[node]!;
  }

  isFull(node: NodeId): boolean {
    return this.#count[node] === this.#blockSize;
  }

  /** The tokens of a node, not a copy. [count] */
  tokensOf(node: NodeId): Int32Array {
    const from = node * this.#blockSize;
    return this.#tokens.subarray(from, from + this.#count[node]!);
  }

  /** Undefined for a root. */
  parentOf(node: NodeId): NodeId | undefined {
    return optionalNode(this.#parent[node]!);
  }

  /** The salt of a root. */
  saltOf(root: NodeId): string {
    return this.#salts.get(root)!;
  }

  hasChildren(node: NodeId): boolean {
    return this.#firstChild[node] !== NONE;
  }

  *childrenOf(node: NodeId): Iterable<NodeId> {
    for (let child = this.#firstChild[node]!; child !== NONE; child = this.#nextSibling[child]!) {
      yield nodeId(child);
    }
  }

  /** The block of a group that holds the node's keys and values. */
  blockOf(node: NodeId, group: number): BlockId | undefined {
    const block = this.#blocks[group]![node]!;
    return block === NONE ? undefined : blockId(block);
  }

  setBlock(node: NodeId, group: number, block: BlockId): void {
    assert(this.#blocks[group]![node] === NONE, 'a node has one block of a group');
    this.#blocks[group]![node] = block;
    this.#users[node]!++;
  }

  /** The node has no block of the group any more; it leaves the tree when nothing else needs it. */
  clearBlock(node: NodeId, group: number): void {
    assert(this.#blocks[group]![node] !== NONE, 'a node without a block of the group');
    this.#blocks[group]![node] = NONE;
    this.release(node);
  }

  /** The full child of `node` that holds tokens[at] to tokens[at + blockSize - 1]. */
  fullChild(node: NodeId, tokens: Int32Array, at: number): NodeId | undefined {
    const hash = this.#hashOf(node, tokens, at);
    let child = this.#buckets[hash & (this.#buckets.length - 1)]!;
    while (child !== NONE) {
      if (this.#hash[child] === hash && this.#parent[child] === node && this.#equal(child, tokens, at)) {
        return nodeId(child);
      }
      child = this.#nextInBucket[child]!;
    }
    return undefined;
  }

  /** The child of `node` that shares most with tokens[at] to tokens[end - 1]. */
  partialChild(node: NodeId, tokens: Int32Array, at: number, end: number): PartialMatch | undefined {
    let best = NONE;
    let longest = 0;
    const wanted = Math.min(end - at, this.#blockSize);
    for (let child = this.#firstChild[node]!; child !== NONE && longest < wanted; ) {
      const length = this.#commonLength(child, tokens, at, wanted);
      if (length > longest) {
        best = child;
        longest = length;
      }
      child = this.#nextSibling[child]!;
    }
    return best === NONE ? undefined : { node: nodeId(best), length: longest };
  }

  /**
   * A new node under `parent` with tokens[at] to tokens[end - 1], at least one and at most a block. There must be an
   * unused node, and the caller gives it a block.
   */
  insert(parent: NodeId, tokens: Int32Array, at: number, end: number): NodeId {
    assert(this.#salts.has(parent) || this.isFull(parent), 'only a full node goes on');
    const node = this.#allocate();
    const sibling = this.#firstChild[parent]!;
    this.#parent[node] = parent;
    this.#previousSibling[node] = NONE;
    this.#nextSibling[node] = sibling;
    if (sibling !== NONE) this.#previousSibling[sibling] = node;
    this.#firstChild[parent] = node;
    this.#users[parent]!++;
    this.append(node, tokens, at, end);
    return node;
  }

  /** Adds tokens[at] to tokens[end - 1] to a node, as far as its block goes. */
  append(node: NodeId, tokens: Int32Array, at: number, end: number): void {
    const count = this.#count[node]!;
    assert(end > at && count + end - at <= this.#blockSize, 'more tokens than the block holds');
    this.#tokens.set(tokens.subarray(at, end), node * this.#blockSize + count);
    this.#count[node] = count + end - at;
    if (this.isFull(node)) this.#index(node);
  }

  #allocate(): NodeId {
    assert(this.#freeCount > 0, 'a node made where none is unused');
    return nodeId(this.#freeList[--this.#freeCount]!);
  }

  // A node that nothing needs leaves, and so do those before it that were there for its sake.
  #removeUnused(from: NodeId): void {
    let node: NodeId | undefined = from;
    while (node !== undefined && this.#users[node] === 0) {
      this.#onRemove(node);
      const parent = this.parentOf(node);
      if (parent === undefined) this.#removeRoot(node);
      else {
        if (this.isFull(node)) this.#unindex(node);
        this.#unlink(node, parent);
        this.#users[parent]!--;
      }
      this.#count[node] = 0;
      this.#parent[node] = NONE;
      this.#freeList[this.#freeCount++] = node;
      node = parent;
    }
  }

  #removeRoot(root: NodeId): void {
    this.#roots.delete(this.saltOf(root));
    this.#salts.delete(root);
  }

  #unlink(node: NodeId, parent: NodeId): void {
    const next = this.#nextSibling[node]!;
    const previous = this.#previousSibling[node]!;
    if (next !== NONE) this.#previousSibling[next] = previous;
    if (previous !== NONE) this.#nextSibling[previous] = next;
    else this.#firstChild[parent] = next;
  }

  #hashOf(parent: number, tokens: Int32Array, at: number): number {
    let hash = Math.imul(parent + 1, 0x9e3779b1);
    for (let i = 0; i < this.#blockSize; i++) {
      hash = Math.imul((hash ^ tokens[at + i]!) + 0x7f4a7c15, 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  #equal(node: number, tokens: Int32Array, at: number): boolean {
    return this.#commonLength(node, tokens, at, this.#blockSize) === this.#blockSize;
  }

  #commonLength(node: number, tokens: Int32Array, at: number, wanted: number): number {
    const from = node * this.#blockSize;
    const most = Math.min(wanted, this.#count[node]!);
    let length = 0;
    while (length < most && this.#tokens[from + length] === tokens[at + length]) length++;
    return length;
  }

  #index(node: number): void {
    const hash = this.#hashOf(this.#parent[node]!, this.#tokens, node * this.#blockSize);
    const bucket = hash & (this.#buckets.length - 1);
    this.#hash[node] = hash;
    this.#nextInBucket[node] = this.#buckets[bucket]!;
    this.#buckets[bucket] = node;
  }

  #unindex(node: number): void {
    const bucket = this.#hash[node]! & (this.#buckets.length - 1);
    const next = this.#nextInBucket[node]!;
    let at = this.#buckets[bucket]!;
    if (at === node) {
      this.#buckets[bucket] = next;
      return;
    }
    while (this.#nextInBucket[at] !== node) at = this.#nextInBucket[at]!;
    this.#nextInBucket[at] = next;
  }
}

const optionalNode = (node: number): NodeId | undefined => (node === NONE ? undefined : nodeId(node));
