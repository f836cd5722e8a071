// Finds the longest computed prefix of a prompt: the nodes of the tree that match it, and how far every group of
// layers holds what the next tokens attend to.

import type { NodeId } from '../base/ids.ts';
import type { GroupBlocks } from './group-blocks.ts';
import type { PrefixMatch } from './kv-cache.ts';
import type { BlockKey } from './offload-store.ts';
import type { PrefixTree } from './prefix-tree.ts';
import { longestUsablePrefix } from './window.ts';

/** The nodes that match a prompt, with or without blocks. */
export interface PrefixPath {
  /** undefined when the tree has nothing under the salt */
  readonly root: NodeId | undefined;
  /** full nodes, from the first */
  readonly nodes: readonly NodeId[];
  /** the node after them that matches in part, and the number of its tokens that match */
  readonly tail: NodeId | undefined;
  readonly tailLength: number;
  /** number of matching tokens, excluding the last token of the prompt: its logits are needed */
  readonly length: number;
}

export interface PagedMatch extends PrefixMatch {
  readonly prompt: Int32Array;
  readonly salt: string;
  readonly path: PrefixPath;
  /** the node of the partial block at the end of the match; undefined when the match ends at a block boundary */
  readonly tail: NodeId | undefined;
  /** keys of the blocks in the offload store; undefined when it has none beyond memory */
  readonly keyOf: ((group: number, index: number) => BlockKey) | undefined;
  /** version of the cache when the match was made; the match is valid only for this version */
  readonly version: number;
}

export function findPath(tree: PrefixTree, tokens: Int32Array, salt: string, blockSize: number): PrefixPath {
  const root = tree.findRoot(salt);
  const nodes: NodeId[] = [];
  if (root === undefined) return { root, nodes, tail: undefined, tailLength: 0, length: 0 };
  const most = tokens.length - 1;
  let last = root;
  let at = 0;
  while (at + blockSize <= most) {
    const child: NodeId | undefined = tree.fullChild(last, tokens, at);
    if (child === undefined) break;
    nodes.push(child);
    last = child;
    at += blockSize;
  }
  const partial = at < most ? tree.partialChild(last, tokens, at, most) : undefined;
  const tailLength = partial?.length ?? 0;
  return { root, nodes, tail: partial?.node, tailLength, length: at + tailLength };
}

/** Returns how many tokens of a path every group can continue from. */
export function usablePrefixLength(
  path: PrefixPath,
  groups: readonly GroupBlocks[],
  blockSize: number,
): number {
  const keeps = groups.map((group) => group.keeps);
  return longestUsablePrefix(keeps, path.length, blockSize, (group, index) => {
    const node = path.nodes[index] ?? path.tail;
    return node !== undefined && groups[group]!.blockOf(node) !== undefined;
  });
}
