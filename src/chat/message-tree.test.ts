// The cost of a tree with thousands of branches, counted in reads of a node's parent.

import { expect, test } from 'vitest';
import type { MessageNode } from './message-node.ts';
import { MessageTree } from './message-tree.ts';

let reads = 0;
const node = (id: string, parent: string | undefined): MessageNode => ({
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

/** Counts reads while `branches` versions of a first message and a chain below one are added, read and removed. */
function readsFor(branches: number): number {
  const tree = new MessageTree();
  reads = 0;
  for (let i = 0; i < branches; i++) tree.put(node(`v${i}`, undefined));
  for (let i = 0; i < branches; i++) tree.put(node(`c${i}`, i === 0 ? 'v0' : `c${i - 1}`));
  expect(tree.leafBelow('v0').id).toBe(`c${branches - 1}`);
  expect(tree.children(undefined)).toHaveLength(branches);
  for (let i = branches - 1; i >= 0; i--) tree.remove(`c${i}`);
  for (let i = 0; i < branches; i++) tree.remove(`v${i}`);
  expect(tree.nodes).toEqual([]);
  return reads;
}

test('the cost is linear in the number of branches', () => {
  const few = readsFor(100);
  expect(few).toBeGreaterThan(0);
  expect(readsFor(200)).toBeLessThan(2.2 * few);
});

test('children keep their order when one is replaced and one is removed', () => {
  const tree = new MessageTree(['a', 'b', 'c'].map((id) => node(id, undefined)));
  tree.put(node('a', undefined));
  tree.remove('b');
  expect(tree.children(undefined).map(({ id }) => id)).toEqual(['a', 'c']);
  expect(() => tree.put(node('x', 'b'))).toThrow('the parent of the message is not in the tree');
});
