// A tree of all computed texts. The nodes on the path from the root to a node contain the text before that node; a node
// contains the tokens of at most one block. For each layer group, a node records the block with the keys and values of
// its tokens, if there is one. Sequences with a common prefix share the nodes of the prefix. A full node is found by a
// hash of its parent and tokens, and its tokens are then compared, so a hash collision is harmless. The last node may
// match in part; its tokens are compared with those of all children. A match is therefore exact to the token.
//
// Blocks of 4 tokens, two sequences:       root "" -- [a b c d] --+-- [e f g h] -- [i]
//   a b c d e f g h i                                             +-- [e x]
//   a b c d e x
//
// A root is a node without tokens. Each salt has its root, so texts with different salts share no nodes. A node stays in
// the tree while it has a block, a child, or a sequence that retains it. With a sliding window a node without blocks may
// stay only because it has a child. All state is in typed arrays, allocated once, indexed by node.

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
  /** number of tokens in a full node */
  readonly blockSize: number;
  /** number of layer groups */
  readonly groups: number;
  /** called before a node is removed from the tree */
  readonly onRemove?: (node: NodeId) => void;
}

const NONE = -1;

export class PrefixTree {
  readonly #blockSize: number;
  readonly #tokens: Int32Array; // [nodes, blockSize]
  readonly #tokenCounts: Uint16Array; // [nodes] number of tokens; 0 for a root and a free node
  readonly #referenceCounts: Int32Array; // [nodes] number of blocks, children and sequences that retain the node
  readonly #parent: Int32Array; // [nodes]
  readonly #firstChild: Int32Array; // [nodes]
  readonly #nextSibling: Int32Array; // [nodes]
  readonly #previousSibling: Int32Array; // [nodes]
  readonly #blocks: readonly Int32Array[]; // [groups][nodes]
  readonly #hash: Int32Array; // [nodes] hash of a full node
  readonly #buckets: Int32Array; // [power of two] first full node of each bucket of hashes
  readonly #nextInBucket: Int32Array; // [nodes]
  readonly #roots = new Map<string, NodeId>();
  readonly #salts = new Map<NodeId, string>();
  readonly #freeList: Int32Array; // [nodes] stack of free nodes
  #freeCount: number;
  readonly #onRemove: (node: NodeId) => void;

  constructor({ nodes, blockSize, groups, onRemove = () => {} }: TreeShape) {
    this.#blockSize = blockSize;
    this.#tokens = new Int32Array(nodes * blockSize);
    this.#tokenCounts = new Uint16Array(nodes);
    this.#referenceCounts = new Int32Array(nodes);
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

  /** Returns the root of a salt; undefined when no text with the salt is in the tree. */
  findRoot(salt: string): NodeId | undefined {
    return this.#roots.get(salt);
  }

  /** Returns the root of a salt, retained until `release`. The caller must check `freeNodes` first. */
  retainRoot(salt: string): NodeId {
    let root = this.#roots.get(salt);
    if (root === undefined) {
      root = this.#allocate();
      this.#roots.set(salt, root);
      this.#salts.set(root, salt);
    }
    this.#referenceCounts[root]!++;
    return root;
  }

  /** Keeps a node in the tree until `release`, even if its blocks are evicted. */
  retain(node: NodeId): void {
    this.#referenceCounts[node]!++;
  }

  /** Reverses one `retain`; removes the node if nothing else uses it. */
  release(node: NodeId): void {
    assert(this.#referenceCounts[node]! > 0, 'a node is released more often than retained');
    this.#referenceCounts[node]!--;
    this.#removeUnused(node);
  }

  /** Returns the number of blocks, children and sequences that use a node; 0 for a free node. For tests. */
  referenceCount(node: NodeId): number {
    return this.#referenceCounts[node]!;
  }

  /** Returns the number of tokens in a node; 0 for a root. */
  tokenCount(node: NodeId): number {
    return this.#tokenCounts[node]!;
  }

  isFull(node: NodeId): boolean {
    return this.#tokenCounts[node] === this.#blockSize;
  }

  /** Returns the tokens of a node as a view. [count] */
  tokensOf(node: NodeId): Int32Array {
    const start = node * this.#blockSize;
    return this.#tokens.subarray(start, start + this.#tokenCounts[node]!);
  }

  /** Returns the parent of a node; undefined for a root. */
  parentOf(node: NodeId): NodeId | undefined {
    return optionalNode(this.#parent[node]!);
  }

  /** Returns the salt of a root. */
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

  /** Returns the block of a node in a layer group; undefined if the node has none. */
  blockOf(node: NodeId, group: number): BlockId | undefined {
    const block = this.#blocks[group]![node]!;
    return block === NONE ? undefined : blockId(block);
  }

  setBlock(node: NodeId, group: number, block: BlockId): void {
    assert(this.#blocks[group]![node] === NONE, 'a node has at most one block per group');
    this.#blocks[group]![node] = block;
    this.#referenceCounts[node]!++;
  }

  /** Removes the block of a layer group from a node, and the node from the tree if nothing else uses it. */
  clearBlock(node: NodeId, group: number): void {
    assert(this.#blocks[group]![node] !== NONE, 'the node has no block in the group');
    this.#blocks[group]![node] = NONE;
    this.release(node);
  }

  /** Returns the full child of `node` with tokens[from] to tokens[from + blockSize - 1]. */
  fullChild(node: NodeId, tokens: Int32Array, from: number): NodeId | undefined {
    const hash = this.#hashOf(node, tokens, from);
    let child = this.#buckets[hash & (this.#buckets.length - 1)]!;
    while (child !== NONE) {
      if (
        this.#hash[child] === hash &&
        this.#parent[child] === node &&
        this.#hasTokens(child, tokens, from)
      ) {
        return nodeId(child);
      }
      child = this.#nextInBucket[child]!;
    }
    return undefined;
  }

  /** Returns the child of `node` that shares the longest prefix with tokens[from] to tokens[end - 1]. */
  partialChild(node: NodeId, tokens: Int32Array, from: number, end: number): PartialMatch | undefined {
    let best = NONE;
    let longest = 0;
    const maxLength = Math.min(end - from, this.#blockSize);
    for (let child = this.#firstChild[node]!; child !== NONE && longest < maxLength; ) {
      const length = this.#commonLength(child, tokens, from, maxLength);
      if (length > longest) {
        best = child;
        longest = length;
      }
      child = this.#nextSibling[child]!;
    }
    return best === NONE ? undefined : { node: nodeId(best), length: longest };
  }

  /**
   * Creates a node under `parent` with tokens[from] to tokens[end - 1], at least one and at most a block. The caller
   * must check `freeNodes` first and then set a block of the node.
   */
  insert(parent: NodeId, tokens: Int32Array, from: number, end: number): NodeId {
    assert(this.#salts.has(parent) || this.isFull(parent), 'only a full node can have children');
    const node = this.#allocate();
    const sibling = this.#firstChild[parent]!;
    this.#parent[node] = parent;
    this.#previousSibling[node] = NONE;
    this.#nextSibling[node] = sibling;
    if (sibling !== NONE) this.#previousSibling[sibling] = node;
    this.#firstChild[parent] = node;
    this.#referenceCounts[parent]!++;
    this.append(node, tokens, from, end);
    return node;
  }

  /** Appends tokens[from] to tokens[end - 1] to a node, up to a full block. */
  append(node: NodeId, tokens: Int32Array, from: number, end: number): void {
    const count = this.#tokenCounts[node]!;
    assert(end > from && count + end - from <= this.#blockSize, 'more tokens than fit in a node');
    this.#tokens.set(tokens.subarray(from, end), node * this.#blockSize + count);
    this.#tokenCounts[node] = count + end - from;
    if (this.isFull(node)) this.#addToBucket(node);
  }

  #allocate(): NodeId {
    assert(this.#freeCount > 0, 'no free node');
    return nodeId(this.#freeList[--this.#freeCount]!);
  }

  // Removes a node without references, and then each ancestor that has no other reference.
  #removeUnused(unused: NodeId): void {
    let node: NodeId | undefined = unused;
    while (node !== undefined && this.#referenceCounts[node] === 0) {
      this.#onRemove(node);
      const parent = this.parentOf(node);
      if (parent === undefined) this.#removeRoot(node);
      else {
        if (this.isFull(node)) this.#removeFromBucket(node);
        this.#unlink(node, parent);
        this.#referenceCounts[parent]!--;
      }
      this.#tokenCounts[node] = 0;
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

  #hashOf(parent: number, tokens: Int32Array, from: number): number {
    let hash = Math.imul(parent + 1, 0x9e3779b1);
    for (let i = 0; i < this.#blockSize; i++) {
      hash = Math.imul((hash ^ tokens[from + i]!) + 0x7f4a7c15, 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  #hasTokens(node: number, tokens: Int32Array, from: number): boolean {
    return this.#commonLength(node, tokens, from, this.#blockSize) === this.#blockSize;
  }

  #commonLength(node: number, tokens: Int32Array, from: number, maxLength: number): number {
    const start = node * this.#blockSize;
    const limit = Math.min(maxLength, this.#tokenCounts[node]!);
    let length = 0;
    while (length < limit && this.#tokens[start + length] === tokens[from + length]) length++;
    return length;
  }

  #addToBucket(node: number): void {
    const hash = this.#hashOf(this.#parent[node]!, this.#tokens, node * this.#blockSize);
    const bucket = hash & (this.#buckets.length - 1);
    this.#hash[node] = hash;
    this.#nextInBucket[node] = this.#buckets[bucket]!;
    this.#buckets[bucket] = node;
  }

  #removeFromBucket(node: number): void {
    const bucket = this.#hash[node]! & (this.#buckets.length - 1);
    const next = this.#nextInBucket[node]!;
    let previous = this.#buckets[bucket]!;
    if (previous === node) {
      this.#buckets[bucket] = next;
      return;
    }
    while (this.#nextInBucket[previous] !== node) previous = this.#nextInBucket[previous]!;
    this.#nextInBucket[previous] = next;
  }
}

const optionalNode = (node: number): NodeId | undefined => (node === NONE ? undefined : nodeId(node));
