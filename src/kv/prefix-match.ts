// Finds the longest computed prefix of a prompt: the nodes of the tree that match the prompt, and the
// number of their tokens after which every layer group can continue.

import type { NodeId } from '../base/ids.ts';
import type { GroupBlocks } from './group-blocks.ts';
import type { PrefixMatch } from './kv-cache.ts';
import type { BlockKey } from './offload-store.ts';
import type { PrefixTree } from './prefix-tree.ts';
import { longestUsablePrefix } from './window.ts';

/** The nodes that match a prompt, with or without blocks. */
export interface PrefixPath {
  /** undefined when no text with the salt is in the tree */
  readonly root: NodeId | undefined;
  /** matching full nodes, in the order of the text */
  readonly nodes: readonly NodeId[];
  /** the node after `nodes` that matches in part */
  readonly tail: NodeId | undefined;
  /** number of tokens of `tail` that match */
  readonly tailLength: number;
  /** number of matching tokens, without the last token of the prompt: its logits must be computed */
  readonly length: number;
}

export interface PagedMatch extends PrefixMatch {
  readonly prompt: Int32Array;
  readonly salt: string;
  readonly path: PrefixPath;
  /** the node of the partial block at the end of the match; undefined when the match ends at a block boundary */
  readonly tail: NodeId | undefined;
  /** returns the key of a block in the offload store; undefined if the store has no more of the prompt than memory */
  readonly keyOf: ((group: number, index: number) => BlockKey) | undefined;
  /** version of the cache when the match was made; the match is valid only for this version */
  readonly version: number;
}

/** Returns the nodes of the tree that match `tokens`. */
export function findPath(tree: PrefixTree, tokens: Int32Array, salt: string, blockSize: number): PrefixPath {
  const root = tree.findRoot(salt);
  const nodes: NodeId[] = [];
  if (root === undefined) return { root, nodes, tail: undefined, tailLength: 0, length: 0 };
  const usable = tokens.length - 1;
  let parent = root;
  let length = 0;
  while (length + blockSize <= usable) {
    const child: NodeId | undefined = tree.fullChild(parent, tokens, length);
    if (child === undefined) break;
    nodes.push(child);
    parent = child;
    length += blockSize;
  }
  const partial = length < usable ? tree.partialChild(parent, tokens, length, usable) : undefined;
  const tailLength = partial?.length ?? 0;
  return { root, nodes, tail: partial?.node, tailLength, length: length + tailLength };
}

/** Returns the length of the longest prefix of a path that can be continued: every group has the blocks that are needed. */
export function usablePrefixLength(
  path: PrefixPath,
  groups: readonly GroupBlocks[],
  blockSize: number,
): number {
  const retentions = groups.map((group) => group.retention);
  return longestUsablePrefix(retentions, path.length, blockSize, (group, index) => {
    const node = path.nodes[index] ?? path.tail;
    return node !== undefined && groups[group]!.blockOf(node) !== undefined;
  });
}
