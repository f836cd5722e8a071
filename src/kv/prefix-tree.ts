// The computed tokens as a tree of texts. The path from the root to a node is the text before the node; a node holds
// the tokens of one block at most. For each group of layers it records the block that holds their keys and values, if
// there is one. Two sequences that start alike share the nodes of their common blocks. Full nodes are found by a hash
// of parent and tokens, then compared token by token, as is the last node, which may match in part. A hash collision
// is therefore harmless, and a match is exact to the token.
//
// Blocks of 4 tokens, two sequences:       root "" -- [a b c d] --+-- [e f g h] -- [i]
//   a b c d e f g h i                                             +-- [e x]
//   a b c d e x
//
// A root is a node without tokens, one for each salt, so texts with different salts share nothing. A node stays in
// the tree as long as it has a block, a child, or a sequence that holds it. With a sliding window a node may have no
// block and stay only because the text continues after it. All state is in typed arrays, allocated once, indexed by
// node.

import { assert } from '../base/assert.ts';
import { type BlockId, blockId, type NodeId, nodeId } from '../base/ids.ts';

export interface PartialMatch {
  readonly node: NodeId;
  /** number of tokens that match, at least 1 */
  readonly length: number;
}

export interface TreeShape {
  /** maximum number of nodes, roots included */
  readonly nodes: number;
  /** tokens in a full node */
  readonly blockSize: number;
  /** number of groups of layers */
  readonly groups: number;
  /** called when a node is about to leave the tree */
  readonly onRemove?: (node: NodeId) => void;
}

const NONE = -1;

export class PrefixTree {
  readonly #blockSize: number;
  readonly #tokens: Int32Array; // [nodes, blockSize]
  readonly #count: Uint16Array; // [nodes] tokens in the node; 0: a root, or not in the tree
  readonly #users: Int32Array; // [nodes] number of blocks, children and holding sequences
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
  readonly #freeList: Int32Array; // [nodes] stack of free nodes
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

  /** number of nodes that can still be created */
  get freeNodes(): number {
    return this.#freeCount;
  }

  /** Returns the root of a salt; undefined when nothing is below it. */
  findRoot(salt: string): NodeId | undefined {
    return this.#roots.get(salt);
  }

  /** Returns the root of a salt, held for a sequence (see `release`). The caller must check `freeNodes` first. */
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

  /** Keeps a node in the tree for one more sequence, whatever is evicted. */
  hold(node: NodeId): void {
    this.#users[node]!++;
  }

  release(node: NodeId): void {
    assert(this.#users[node]! > 0, 'a node is released more often than held');
    this.#users[node]!--;
    this.#removeUnused(node);
  }

  /** Number of blocks, children and sequences that use a node; 0 for a node that is not in the tree. For tests. */
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

  /** Returns the tokens of a node as a view. [count] */
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

  /** Returns the group's block for a node. */
  blockOf(node: NodeId, group: number): BlockId | undefined {
    const block = this.#blocks[group]![node]!;
    return block === NONE ? undefined : blockId(block);
  }

  setBlock(node: NodeId, group: number, block: BlockId): void {
    assert(this.#blocks[group]![node] === NONE, 'a node has at most one block per group');
    this.#blocks[group]![node] = block;
    this.#users[node]!++;
  }

  /** Removes the group's block from the node; the node leaves the tree when nothing else uses it. */
  clearBlock(node: NodeId, group: number): void {
    assert(this.#blocks[group]![node] !== NONE, 'the node has no block in the group');
    this.#blocks[group]![node] = NONE;
    this.release(node);
  }

  /** Returns the full child of `node` that holds tokens[at] to tokens[at + blockSize - 1]. */
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

  /** Returns the child of `node` that shares the longest prefix with tokens[at] to tokens[end - 1]. */
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
   * Creates a node under `parent` with tokens[at] to tokens[end - 1], at least one and at most a block. The caller
   * must check `freeNodes` first and give the node a block.
   */
  insert(parent: NodeId, tokens: Int32Array, at: number, end: number): NodeId {
    assert(this.#salts.has(parent) || this.isFull(parent), 'only a full node can have children');
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

  /** Appends tokens[at] to tokens[end - 1] to a node, up to a full block. */
  append(node: NodeId, tokens: Int32Array, at: number, end: number): void {
    const count = this.#count[node]!;
    assert(end > at && count + end - at <= this.#blockSize, 'more tokens than a node can hold');
    this.#tokens.set(tokens.subarray(at, end), node * this.#blockSize + count);
    this.#count[node] = count + end - at;
    if (this.isFull(node)) this.#index(node);
  }

  #allocate(): NodeId {
    assert(this.#freeCount > 0, 'no free node');
    return nodeId(this.#freeList[--this.#freeCount]!);
  }

  // Removes a node that nothing uses, and the ancestors that were only in the tree for it.
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
