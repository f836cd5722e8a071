// Explains why the cache did not contain a longer prefix of a prompt, using the cached texts and a limited record of
// evicted texts.

import type { NodeId } from '../base/ids.ts';
import type { CacheMiss } from '../completion/cache-report.ts';
import { EvictedPrefixes, prefixKey, saltKey } from './evicted-prefixes.ts';
import type { PagedMatch, PrefixPath } from './prefix-match.ts';
import type { PrefixTree } from './prefix-tree.ts';

export class MissExplainer {
  readonly #tree: PrefixTree;
  readonly #blockSize: number;
  readonly #keys: Float64Array; // [nodes] for a full node: key of the text that ends with it
  readonly #evicted: EvictedPrefixes;

  /** @param shape `maxEvicted`: maximum number of evicted texts in the record */
  constructor(tree: PrefixTree, shape: { nodes: number; blockSize: number; maxEvicted: number }) {
    this.#tree = tree;
    this.#blockSize = shape.blockSize;
    this.#keys = new Float64Array(shape.nodes);
    this.#evicted = new EvictedPrefixes(shape.maxEvicted);
  }

  /** Must be called when a node of the tree has become full. */
  nodeFilled(node: NodeId): void {
    const key = this.#keyAfter(node);
    this.#keys[node] = key;
    this.#evicted.delete(key);
  }

  /** Must be called before a node is removed from the tree. */
  nodeRemoved(node: NodeId): void {
    if (this.#tree.tokenCount(node) > 0) this.#evicted.add(this.#keyAfter(node));
  }

  explain({ prompt, salt, path, tokens }: PagedMatch): CacheMiss | undefined {
    if (tokens >= prompt.length - 1) return undefined;
    if (tokens < path.length) return 'window_evicted';
    if (this.#wasEvicted(prompt, salt, path)) return 'evicted';
    if (tokens > 0) return this.#hasContinuation(path) ? 'history_edited' : undefined;
    for (const root of this.#tree.roots) {
      const startLength = Math.min(this.#blockSize, prompt.length - 1);
      const match = root === path.root ? undefined : this.#tree.partialChild(root, prompt, 0, startLength);
      if (match?.length === startLength) return 'different_salt';
    }
    return 'nothing_in_common';
  }

  // Returns whether the found prefix is part of a longer cached text.
  #hasContinuation({ root, nodes, tail, tailLength }: PrefixPath): boolean {
    if (tail !== undefined) return this.#tree.tokenCount(tail) > tailLength;
    return this.#tree.hasChildren(nodes.at(-1) ?? root!);
  }

  // Returns whether an evicted text shares a longer prefix with `prompt` than the found prefix.
  #wasEvicted(prompt: Int32Array, salt: string, { nodes, tailLength }: PrefixPath): boolean {
    const offset = nodes.length * this.#blockSize;
    const key = nodes.length === 0 ? saltKey(salt) : this.#keys[nodes.at(-1)!]!;
    for (
      let length = tailLength + 1;
      length <= this.#blockSize && offset + length <= prompt.length;
      length++
    ) {
      if (this.#evicted.has(prefixKey(key, prompt, offset, offset + length))) return true;
    }
    return false;
  }

  // Returns the key of the text that ends with `node`.
  #keyAfter(node: NodeId): number {
    const parent = this.#tree.parentOf(node)!;
    const isRoot = this.#tree.parentOf(parent) === undefined;
    const parentKey = isRoot ? saltKey(this.#tree.saltOf(parent)) : this.#keys[parent]!;
    const tokens = this.#tree.tokensOf(node);
    return prefixKey(parentKey, tokens, 0, tokens.length);
  }
}
