// Explains why no more of a prompt was found in the cache, from a limited record of evicted texts.

import type { NodeId } from '../base/ids.ts';
import type { CacheMiss } from '../completion/cache-report.ts';
import { EvictedPrefixes, prefixKey, saltKey } from './evicted-prefixes.ts';
import type { PagedMatch, PrefixPath } from './prefix-match.ts';
import type { PrefixTree } from './prefix-tree.ts';

export class MissExplainer {
  readonly #tree: PrefixTree;
  readonly #blockSize: number;
  readonly #keys: Float64Array; // [nodes] of full nodes: key of the text up to their end
  readonly #evicted: EvictedPrefixes;

  /** @param most number of evicted texts to remember */
  constructor(tree: PrefixTree, shape: { nodes: number; blockSize: number; most: number }) {
    this.#tree = tree;
    this.#blockSize = shape.blockSize;
    this.#keys = new Float64Array(shape.nodes);
    this.#evicted = new EvictedPrefixes(shape.most);
  }

  /** Called when a node of the tree became full. */
  nodeFilled(node: NodeId): void {
    const key = this.#keyAfter(node);
    this.#keys[node] = key;
    this.#evicted.delete(key);
  }

  /** Called when a node is about to leave the tree. */
  nodeRemoved(node: NodeId): void {
    if (this.#tree.count(node) > 0) this.#evicted.add(this.#keyAfter(node));
  }

  explain({ prompt, salt, path, tokens }: PagedMatch): CacheMiss | undefined {
    if (tokens >= prompt.length - 1) return undefined;
    if (tokens < path.length) return 'window_evicted';
    if (this.#wasEvicted(prompt, salt, path)) return 'evicted';
    if (tokens > 0) return this.#hasContinuation(path) ? 'history_edited' : undefined;
    for (const root of this.#tree.roots) {
      const start = Math.min(this.#blockSize, prompt.length - 1);
      const there = root === path.root ? undefined : this.#tree.partialChild(root, prompt, 0, start);
      if (there?.length === start) return 'different_salt';
    }
    return 'nothing_in_common';
  }

  // Returns whether the found prefix is part of a longer cached text.
  #hasContinuation({ root, nodes, tail, tailLength }: PrefixPath): boolean {
    if (tail !== undefined) return this.#tree.count(tail) > tailLength;
    return this.#tree.hasChildren(nodes.at(-1) ?? root!);
  }

  // Returns whether a text was evicted that shares more of `prompt` than what was found.
  #wasEvicted(prompt: Int32Array, salt: string, { nodes, tailLength }: PrefixPath): boolean {
    const at = nodes.length * this.#blockSize;
    const key = nodes.length === 0 ? saltKey(salt) : this.#keys[nodes.at(-1)!]!;
    for (let length = tailLength + 1; length <= this.#blockSize && at + length <= prompt.length; length++) {
      if (this.#evicted.has(prefixKey(key, prompt, at, at + length))) return true;
    }
    return false;
  }

  // Returns the key of the text that ends with `node`.
  #keyAfter(node: NodeId): number {
    const parent = this.#tree.parentOf(node)!;
    const isRoot = this.#tree.parentOf(parent) === undefined;
    const before = isRoot ? saltKey(this.#tree.saltOf(parent)) : this.#keys[parent]!;
    const tokens = this.#tree.tokensOf(node);
    return prefixKey(before, tokens, 0, tokens.length);
  }
}
