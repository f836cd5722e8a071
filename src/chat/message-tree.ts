// The messages of a conversation, including all branches: an edited message or a regenerated answer is a sibling of the original.
// Each path from a first message to a leaf is one version of the conversation.

import { assert } from '../base/assert.ts';
import type { ChatEncoding } from '../completion/chat-message.ts';
import type { MessageNode } from './message-node.ts';

/** The methods of MessageTree that do not change the tree. */
export interface ReadonlyMessageTree {
  /** all messages, in order of creation */
  readonly nodes: readonly MessageNode[];
  get(id: string): MessageNode | undefined;
  /** Returns the children of a message, or the versions of the first message if `parent` is undefined. */
  children(parent: string | undefined): readonly MessageNode[];
  /** Returns the messages from the first one to `id`, or an empty list if `id` is undefined. */
  path(id: string | undefined): readonly MessageNode[];
  /**
   * Returns the text and token ids of the conversation up to the end of message `id`. For a user's message, this is the prompt;
   * for an answer, the prompt and the answer.
   */
  history(id: string | undefined): ChatEncoding;
  /** Returns the leaf of the newest branch below `id`. */
  leafBelow(id: string): MessageNode;
}

export class MessageTree implements ReadonlyMessageTree {
  readonly #nodes = new Map<string, MessageNode>();
  /** ids of the children by id of the parent, in order of creation; a Set, because a message may have thousands of children */
  readonly #children = new Map<string | undefined, Set<string>>();

  constructor(nodes: Iterable<MessageNode> = []) {
    for (const node of nodes) this.put(node);
  }

  get nodes(): readonly MessageNode[] {
    return [...this.#nodes.values()];
  }

  get(id: string): MessageNode | undefined {
    return this.#nodes.get(id);
  }

  /** Adds a message, or replaces the message with the same id. */
  put(node: MessageNode): void {
    assert(
      node.parent === undefined || this.#nodes.has(node.parent),
      'the parent of the message is not in the tree',
    );
    this.#nodes.set(node.id, node);
    const siblings = this.#children.get(node.parent);
    if (siblings === undefined) this.#children.set(node.parent, new Set([node.id]));
    else siblings.add(node.id);
  }

  /** Removes a message, which must have no children. */
  remove(id: string): void {
    assert((this.#children.get(id)?.size ?? 0) === 0, 'a message with children cannot be removed');
    this.#children.get(this.#nodes.get(id)?.parent)?.delete(id);
    this.#children.delete(id);
    this.#nodes.delete(id);
  }

  children(parent: string | undefined): readonly MessageNode[] {
    return [...(this.#children.get(parent) ?? [])].map((id) => this.#nodes.get(id)!);
  }

  path(id: string | undefined): readonly MessageNode[] {
    const path: MessageNode[] = [];
    for (let current = id; current !== undefined; ) {
      const node = this.#nodes.get(current);
      assert(node !== undefined, 'the message is not in the tree');
      path.push(node);
      current = node.parent;
    }
    return path.reverse();
  }

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

  leafBelow(id: string): MessageNode {
    const first = this.#nodes.get(id);
    assert(first !== undefined, 'the message is not in the tree');
    let leaf = first;
    for (let next = this.#lastChild(leaf.id); next !== undefined; next = this.#lastChild(leaf.id))
      leaf = next;
    return leaf;
  }

  #lastChild(id: string): MessageNode | undefined {
    let last: string | undefined;
    for (const child of this.#children.get(id) ?? []) last = child;
    return last === undefined ? undefined : this.#nodes.get(last);
  }
}
