// The longest computed prefix of a prompt: the nodes of the tree that agree with it, and how far every group of layers
// holds what the tokens after them attend to.

import type { NodeId } from '../base/ids.ts';
import type { GroupBlocks } from './group-blocks.ts';
import type { PrefixMatch } from './kv-cache.ts';
import type { BlockKey } from './offload-store.ts';
import type { PrefixTree } from './prefix-tree.ts';
import { longestUsablePrefix } from './window.ts';

/** The nodes that agree with a prompt, whether or not they have blocks. */
export interface PrefixPath {
  /** undefined when nothing is there under the salt */
  readonly root: NodeId | undefined;
  /** full nodes, from the first */
  readonly nodes: readonly NodeId[];
  /** the node after them that agrees in part, and by how many tokens */
  readonly tail: NodeId | undefined;
  readonly tailLength: number;
  /** all but the last of the prompt at most: the logits of that one are needed */
  readonly length: number;
}

export interface PagedMatch extends PrefixMatch {
  readonly prompt: Int32Array;
  readonly salt: string;
  readonly path: PrefixPath;
  /** the node whose first tokens are the last that were found, where these are no whole block */
  readonly tail: NodeId | undefined;
  /** of the blocks that the slower store has; undefined when it has none beyond memory */
  readonly keyOf: ((group: number, index: number) => BlockKey) | undefined;
  /** changes of the cache when it was made: good as long as there are no more */
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

/** Tokens of a path that every group can go on from. */
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
