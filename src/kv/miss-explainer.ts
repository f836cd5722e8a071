// Says why a prompt was not found further than it was. It remembers what gave way, as far as its short memory goes.

import type { BlockId } from '../base/ids.ts';
import type { CacheMiss } from '../completion/cache-report.ts';
import { LostPrefixes, prefixKey, saltKey } from './lost-prefixes.ts';
import type { PrefixBlocks } from './prefix-match.ts';
import type { PrefixTree, TreePlace } from './prefix-tree.ts';

export class MissExplainer {
  readonly #tree: PrefixTree;
  readonly #blockSize: number;
  readonly #keys: Float64Array; // [blocks] of full nodes: key of the text up to their end
  readonly #lost: LostPrefixes;

  constructor(tree: PrefixTree, blocks: number, blockSize: number) {
    this.#tree = tree;
    this.#blockSize = blockSize;
    this.#keys = new Float64Array(blocks);
    this.#lost = new LostPrefixes(4 * blocks);
  }

  /** A block of the tree is full now. */
  full(block: BlockId): void {
    const key = this.#keyAfter(block);
    this.#keys[block] = key;
    this.#lost.delete(key);
  }

  /** A block is about to leave the tree. */
  evicted(block: BlockId): void {
    this.#lost.add(this.#keyAfter(block));
  }

  /** @param match of `tokens` under `salt`, as the tree is now */
  explain(tokens: Int32Array, salt: string, match: PrefixBlocks): CacheMiss | undefined {
    if (match.tokens >= tokens.length - 1) return undefined;
    if (this.#wasEvicted(tokens, salt, match)) return 'evicted';
    if (match.tokens > 0) return this.#goesOn(match) ? 'history_edited' : undefined;
    for (const root of this.#tree.roots) {
      const start = Math.min(this.#blockSize, tokens.length - 1);
      const there = root.salt === salt ? undefined : this.#tree.partialChild(root, tokens, 0, start);
      if (there?.length === start) return 'different_salt';
    }
    return 'nothing_in_common';
  }

  // Whether what was found is the beginning of a longer text.
  #goesOn({ place, tail, tailLength }: PrefixBlocks): boolean {
    if (tail !== undefined) return this.#tree.count(tail) > tailLength;
    for (const _ of this.#tree.childrenOf(place)) return true;
    return false;
  }

  // Whether a text that begins like `tokens`, and further than what was found, was lost.
  #wasEvicted(tokens: Int32Array, salt: string, { blocks, tailLength }: PrefixBlocks): boolean {
    const at = blocks.length * this.#blockSize;
    const key = blocks.length === 0 ? saltKey(salt) : this.#keys[blocks.at(-1)!]!;
    for (let length = tailLength + 1; length <= this.#blockSize && at + length <= tokens.length; length++) {
      if (this.#lost.has(prefixKey(key, tokens, at, at + length))) return true;
    }
    return false;
  }

  // The key of the text that ends with `block`.
  #keyAfter(block: BlockId): number {
    const place: TreePlace = this.#tree.parentOf(block);
    const before = typeof place === 'number' ? this.#keys[place]! : saltKey(place.salt);
    const tokens = this.#tree.tokensOf(block);
    return prefixKey(before, tokens, 0, tokens.length);
  }
}
