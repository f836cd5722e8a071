// The messages of a conversation with all branches: edited messages and regenerated answers are siblings of the originals.
// Each path from the root is one version of the conversation.

import { assert } from '../base/assert.ts';
import type { ChatEncoding } from '../completion/chat-message.ts';
import type { MessageNode } from './message-node.ts';

/** A read-only view of the tree. */
export interface ReadonlyMessageTree {
  /** all messages, in order of creation */
  readonly nodes: readonly MessageNode[];
  get(id: string): MessageNode | undefined;
  /** Returns the children of a message; if `parent` is undefined, the versions of the first message. */
  children(parent: string | undefined): readonly MessageNode[];
  /** Returns the messages from the first one to `id`; none when `id` is undefined. */
  path(id: string | undefined): readonly MessageNode[];
  /**
   * Returns the text and token ids from the first message to `id`: for a user's message, the prompt; for an answer, the
   * prompt and the answer.
   */
  history(id: string | undefined): ChatEncoding;
  /** Returns the leaf of the newest branch below `id`. */
  leafBelow(id: string): MessageNode;
}

export class MessageTree implements ReadonlyMessageTree {
  readonly #nodes = new Map<string, MessageNode>();
  /** ids by parent, in order of creation; a Set, because a message may have thousands of children */
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

  /** Adds a message, or replaces the one with the same id. */
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
    for (let at = id; at !== undefined; ) {
      const node = this.#nodes.get(at);
      assert(node !== undefined, 'the message is not in the tree');
      path.push(node);
      at = node.parent;
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
