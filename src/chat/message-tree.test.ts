// Tests the order of children, and the cost of a tree with many branches, measured as reads of the property `parent`.

import { expect, test } from 'vitest';
import type { MessageNode } from './message-node.ts';
import { MessageTree } from './message-tree.ts';

let reads = 0;
const createNode = (id: string, parent: string | undefined): MessageNode => ({
  id,
  role: 'user',
  content: '',
  state: 'complete',
  model: undefined,
  keptTokens: 0,
  keptText: 0,
  tokens: [],
  rendered: '',
  droppedMessages: 0,
  createdAt: 0,
  get parent() {
    reads++;
    return parent;
  },
});

/**
 * Adds, reads and removes `branches` versions of the first message and a chain of `branches` messages below one version.
 * Returns the number of reads of `parent`.
 */
function countReads(branches: number): number {
  const tree = new MessageTree();
  reads = 0;
  for (let i = 0; i < branches; i++) tree.put(createNode(`v${i}`, undefined));
  for (let i = 0; i < branches; i++) tree.put(createNode(`c${i}`, i === 0 ? 'v0' : `c${i - 1}`));
  expect(tree.leafBelow('v0').id).toBe(`c${branches - 1}`);
  expect(tree.children(undefined)).toHaveLength(branches);
  for (let i = branches - 1; i >= 0; i--) tree.remove(`c${i}`);
  for (let i = 0; i < branches; i++) tree.remove(`v${i}`);
  expect(tree.nodes).toEqual([]);
  return reads;
}

test('the cost of MessageTree is linear in the number of branches', () => {
  const reads100 = countReads(100);
  expect(reads100).toBeGreaterThan(0);
  expect(countReads(200)).toBeLessThan(2.2 * reads100);
});

test('children keep their order when a child is replaced and another child is removed', () => {
  const tree = new MessageTree(['a', 'b', 'c'].map((id) => createNode(id, undefined)));
  tree.put(createNode('a', undefined));
  tree.remove('b');
  expect(tree.children(undefined).map(({ id }) => id)).toEqual(['a', 'c']);
  expect(() => tree.put(createNode('x', 'b'))).toThrow('the parent of the message is not in the tree');
});
