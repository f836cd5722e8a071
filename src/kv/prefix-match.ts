// The longest computed prefix of a prompt, as blocks of the tree.

import type { BlockId } from '../base/ids.ts';
import type { PrefixTree, TreePlace, TreeRoot } from './prefix-tree.ts';

export interface PrefixBlocks {
  /** full blocks that agree, from the first */
  readonly blocks: readonly BlockId[];
  /** where the text goes on after them */
  readonly place: TreePlace;
  /** the block that agrees in part, and by how many tokens */
  readonly tail: BlockId | undefined;
  readonly tailLength: number;
  /** all but the last of the prompt at most: the logits of that one are needed */
  readonly tokens: number;
}

const NOWHERE: TreeRoot = { salt: '', id: -1, users: 0, firstChild: -1 };
const NOTHING: PrefixBlocks = { blocks: [], place: NOWHERE, tail: undefined, tailLength: 0, tokens: 0 };

export function matchPrefix(
  tree: PrefixTree,
  tokens: Int32Array,
  salt: string,
  blockSize: number,
): PrefixBlocks {
  const root = tree.findRoot(salt);
  if (root === undefined) return NOTHING;
  const blocks: BlockId[] = [];
  const most = tokens.length - 1;
  let place: TreePlace = root;
  let at = 0;
  while (at + blockSize <= most) {
    const child: BlockId | undefined = tree.fullChild(place, tokens, at);
    if (child === undefined) break;
    blocks.push(child);
    place = child;
    at += blockSize;
  }
  const partial = at < most ? tree.partialChild(place, tokens, at, most) : undefined;
  const tailLength = partial?.length ?? 0;
  return { blocks, place, tail: partial?.block, tailLength, tokens: at + tailLength };
}
