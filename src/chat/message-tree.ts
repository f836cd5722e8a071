// The messages of a conversation with all its branches: an edited message and a regenerated answer stand beside the
// one they replace. A path from the first message to any other is a conversation of its own.

import { assert } from '../base/assert.ts';
import type { ChatEncoding } from '../base/completer.ts';
import type { MessageNode } from './message-node.ts';

export class MessageTree {
  readonly #nodes = new Map<string, MessageNode>();

  constructor(nodes: Iterable<MessageNode> = []) {
    for (const node of nodes) this.put(node);
  }

  /** All messages, in the order in which they came. */
  get nodes(): readonly MessageNode[] {
    return [...this.#nodes.values()];
  }

  get(id: string): MessageNode | undefined {
    return this.#nodes.get(id);
  }

  /** Adds a message, or puts it in the place of the one with its id. */
  put(node: MessageNode): void {
    assert(node.parent === undefined || this.#nodes.has(node.parent), 'a message without its parent');
    this.#nodes.set(node.id, node);
  }

  /** Takes a message out that has no children. */
  remove(id: string): void {
    assert(this.children(id).length === 0, 'a message with children removed');
    this.#nodes.delete(id);
  }

  /** Answers to a message, or versions of the first one. */
  children(parent: string | undefined): readonly MessageNode[] {
    return this.nodes.filter((node) => node.parent === parent);
  }

  /** From the first message to `id`; nothing where `id` is absent. */
  path(id: string | undefined): readonly MessageNode[] {
    const path: MessageNode[] = [];
    for (let at = id; at !== undefined; ) {
      const node = this.#nodes.get(at);
      assert(node !== undefined, 'a message that is not in the tree');
      path.push(node);
      at = node.parent;
    }
    return path.reverse();
  }

  /** What was computed up to and with message `id`: the prompt where it is a user's, prompt and answer else. */
  history(id: string | undefined): ChatEncoding {
    const tokens: number[] = [];
    let text = '';
    for (const node of this.path(id)) {
      tokens.length = Math.min(tokens.length, node.keptTokens);
      for (const token of node.tokens) tokens.push(token);
      text = text.slice(0, node.keptText) + node.rendered;
    }
    return { text, tokens };
  }

  /** The last message of the branch that was written last below `id`: where a reader of it would go on. */
  leafBelow(id: string): MessageNode {
    let leaf = this.#nodes.get(id);
    assert(leaf !== undefined, 'a message that is not in the tree');
    for (let next = this.children(id).at(-1); next !== undefined; next = this.children(next.id).at(-1))
      leaf = next;
    return leaf;
  }
}
