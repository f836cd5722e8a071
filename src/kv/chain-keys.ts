// The keys of a text's blocks, made when they are asked for, each from the one before it. A prompt that finds no room is
// looked for again before every step, and where a window slides that begins at its end: so the keys of the last text are
// remembered, and a long one is not hashed each time.

import { commonPrefix } from '../base/common-prefix.ts';
import type { NodeId } from '../base/ids.ts';
import type { KvOffloader } from './kv-offloader.ts';
import type { BlockKey } from './offload-store.ts';

export class ChainKeys {
  readonly #offloader: KvOffloader;
  readonly #blockSize: number;
  // Of the last text whose keys were asked for beyond the tree.
  #salt = '';
  #text = new Int32Array(0);
  #keys: BlockKey[] = []; // from its first block, as far as they were made

  constructor(tier: KvOffloader, blockSize: number) {
    this.#offloader = tier;
    this.#blockSize = blockSize;
  }

  /**
   * The key of the block with an index. Good until the tree changes.
   * @param nodes of the tree that agree with the prompt, from its first block
   */
  keysOf(prompt: Int32Array, salt: string, nodes: readonly NodeId[]): (index: number) => BlockKey {
    let keys: BlockKey[] | undefined;
    return (index) => {
      if (index < nodes.length) return this.#offloader.keyOf(nodes[index]!);
      keys ??= this.#keysOf(prompt, salt);
      while (keys.length <= index) keys.push(this.#next(keys, prompt, salt, nodes));
      return keys[index]!;
    };
  }

  #next(keys: readonly BlockKey[], prompt: Int32Array, salt: string, nodes: readonly NodeId[]): BlockKey {
    const node = nodes[keys.length];
    if (node !== undefined) return this.#offloader.keyOf(node);
    const before = keys.at(-1) ?? this.#offloader.rootKey(salt);
    return this.#offloader.keyAfter(before, prompt, keys.length * this.#blockSize);
  }

  // Those that the last text has in common with the prompt, which is the last one now.
  #keysOf(prompt: Int32Array, salt: string): BlockKey[] {
    const common = salt === this.#salt ? commonPrefix(this.#text, prompt) : 0;
    if (salt === this.#salt && common === this.#text.length && common === prompt.length) return this.#keys;
    this.#keys = this.#keys.slice(0, Math.floor(common / this.#blockSize));
    this.#salt = salt;
    this.#text = prompt.slice(); // a sequence's own tokens change
    return this.#keys;
  }
}
