// Computes the keys of a prompt's blocks on demand, each from the key before it. A prompt that does not fit in memory
// is matched again before every step, and with a sliding window the search starts at its end. The keys of the last
// prompt are therefore cached, so that a long prompt is not hashed on every attempt.

import { commonPrefix } from '../base/common-prefix.ts';
import type { NodeId } from '../base/ids.ts';
import type { KvOffloader } from './kv-offloader.ts';
import type { BlockKey } from './offload-store.ts';

export class ChainKeys {
  readonly #offloader: KvOffloader;
  readonly #blockSize: number;
  // The last prompt for which keys beyond the tree were requested.
  #salt = '';
  #text = new Int32Array(0);
  #keys: BlockKey[] = []; // of its first blocks, as far as they were computed

  constructor(tier: KvOffloader, blockSize: number) {
    this.#offloader = tier;
    this.#blockSize = blockSize;
  }

  /**
   * Returns a function that maps a block index to its key. It is valid until the tree changes.
   * @param nodes nodes of the tree that match the prompt, from its first block
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

  // Keys of the blocks that the previous prompt and this one have in common; this prompt becomes the cached one.
  #keysOf(prompt: Int32Array, salt: string): BlockKey[] {
    const common = salt === this.#salt ? commonPrefix(this.#text, prompt) : 0;
    if (salt === this.#salt && common === this.#text.length && common === prompt.length) return this.#keys;
    this.#keys = this.#keys.slice(0, Math.floor(common / this.#blockSize));
    this.#salt = salt;
    this.#text = prompt.slice(); // a copy: the sequence's token array changes
    return this.#keys;
  }
}
