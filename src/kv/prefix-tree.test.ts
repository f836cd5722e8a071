// A prefix tree with blocks of four tokens and two layer groups.

import { expect, test } from 'vitest';
import { blockId, type NodeId } from '../base/ids.ts';
import { PrefixTree } from './prefix-tree.ts';

const TEXT = Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);

function treeOf(nodes = 8) {
  const removed: NodeId[] = [];
  const tree = new PrefixTree({ nodes, blockSize: 4, groups: 2, onRemove: (node) => removed.push(node) });
  const root = tree.retainRoot('');
  return { tree, root, removed };
}

test('fullChild finds a full node by its parent and all its tokens', () => {
  const { tree, root } = treeOf();
  const first = tree.insert(root, TEXT, 0, 4);
  const second = tree.insert(first, TEXT, 4, 8);
  expect(tree.fullChild(root, TEXT, 0)).toBe(first);
  expect(tree.fullChild(first, TEXT, 4)).toBe(second);
  expect(tree.fullChild(root, TEXT, 4)).toBeUndefined();
  expect(tree.fullChild(root, Int32Array.of(1, 2, 3, 9), 0)).toBeUndefined();
});

test('fullChild finds a partial node when the node has become full', () => {
  const { tree, root } = treeOf();
  const node = tree.insert(root, TEXT, 0, 3);
  expect([tree.isFull(node), tree.fullChild(root, TEXT, 0)]).toEqual([false, undefined]);
  tree.append(node, TEXT, 3, 4);
  expect([tree.isFull(node), tree.fullChild(root, TEXT, 0)]).toEqual([true, node]);
  expect([...tree.tokensOf(node)]).toEqual([1, 2, 3, 4]);
});

test('partialChild returns the child with the longest common prefix', () => {
  const { tree, root } = treeOf();
  tree.insert(root, Int32Array.of(1, 9), 0, 2);
  const longer = tree.insert(root, Int32Array.of(1, 2, 8), 0, 3);
  expect(tree.partialChild(root, TEXT, 0, 9)).toEqual({ node: longer, length: 2 });
  expect(tree.partialChild(root, TEXT, 0, 1)?.length).toBe(1); // compares at most the given tokens
  expect(tree.partialChild(root, Int32Array.of(7), 0, 1)).toBeUndefined();
});

test('texts with different salts are in different trees', () => {
  const { tree, root } = treeOf();
  tree.insert(root, TEXT, 0, 4);
  const other = tree.retainRoot('another');
  expect(other).not.toBe(root);
  expect([tree.saltOf(root), tree.saltOf(other)]).toEqual(['', 'another']);
  expect(tree.fullChild(other, TEXT, 0)).toBeUndefined();
});

test('a node and its unused ancestors are removed when no group has a block for the node', () => {
  const { tree, root, removed } = treeOf();
  const first = tree.insert(root, TEXT, 0, 4);
  tree.setBlock(first, 0, blockId(5));
  const second = tree.insert(first, TEXT, 4, 8);
  tree.setBlock(second, 0, blockId(6));
  tree.setBlock(second, 1, blockId(6));
  tree.release(root);
  tree.clearBlock(first, 0); // `first` stays because of its child
  tree.clearBlock(second, 0);
  expect([removed, tree.blockOf(second, 1)]).toEqual([[], 6]);
  tree.clearBlock(second, 1);
  expect(removed).toEqual([second, first, root]);
  expect([tree.findRoot(''), tree.freeNodes]).toEqual([undefined, 8]);
});

test('a retained node stays in the tree without blocks until it is released', () => {
  const { tree, root, removed } = treeOf();
  const node = tree.insert(root, TEXT, 0, 4);
  tree.retain(node);
  tree.setBlock(node, 0, blockId(1));
  tree.clearBlock(node, 0);
  expect(tree.fullChild(root, TEXT, 0)).toBe(node);
  tree.release(node);
  expect([removed, tree.fullChild(root, TEXT, 0)]).toEqual([[node], undefined]);
});

test('fullChild still finds the other nodes of a hash bucket after nodes are removed', () => {
  const { tree, root } = treeOf(1024);
  const texts = Array.from({ length: 1000 }, (_, i) => Int32Array.of(i, i, i, i));
  const nodes = texts.map((tokens) => tree.insert(root, tokens, 0, 4));
  for (const node of nodes) tree.retain(node);
  for (let i = 0; i < 1000; i += 2) tree.release(nodes[i]!);
  texts.forEach((tokens, i) => {
    expect(tree.fullChild(root, tokens, 0)).toBe(i % 2 === 0 ? undefined : nodes[i]);
  });
});

test('`insert` rejects a parent that is not full, and `append` rejects more tokens than a block', () => {
  const { tree, root } = treeOf();
  const partial = tree.insert(root, TEXT, 0, 2);
  expect(() => tree.insert(partial, TEXT, 2, 4)).toThrow('only a full node');
  expect(() => tree.append(partial, TEXT, 2, 5)).toThrow('more tokens');
});
