// Computes the keys of a prompt's blocks on demand; each key is derived from the preceding key. A prompt that waits for
// memory is matched again before every step, and with a sliding window the search starts at the end of the prompt. The
// keys of the last prompt are therefore cached, so that a long prompt is not hashed before every step.

import { commonPrefixLength } from '../base/common-prefix.ts';
import type { NodeId } from '../base/ids.ts';
import type { KvOffloader } from './kv-offloader.ts';
import type { BlockKey } from './offload-store.ts';

export class ChainKeys {
  readonly #offloader: KvOffloader;
  readonly #blockSize: number;
  // The last prompt for which keys of blocks that are not in the tree were requested.
  #salt = '';
  #prompt = new Int32Array(0);
  #keys: BlockKey[] = []; // keys of the first blocks of `#prompt` that were computed

  constructor(offloader: KvOffloader, blockSize: number) {
    this.#offloader = offloader;
    this.#blockSize = blockSize;
  }

  /**
   * Returns a function that maps a block index to its key. The function is valid until the tree changes.
   * @param nodes nodes of the tree that match the prompt, from its first block
   */
  keysOf(prompt: Int32Array, salt: string, nodes: readonly NodeId[]): (index: number) => BlockKey {
    let keys: BlockKey[] | undefined;
    return (index) => {
      if (index < nodes.length) return this.#offloader.keyOf(nodes[index]!);
      keys ??= this.#reusableKeys(prompt, salt);
      while (keys.length <= index) keys.push(this.#nextKey(keys, prompt, salt, nodes));
      return keys[index]!;
    };
  }

  #nextKey(keys: readonly BlockKey[], prompt: Int32Array, salt: string, nodes: readonly NodeId[]): BlockKey {
    const node = nodes[keys.length];
    if (node !== undefined) return this.#offloader.keyOf(node);
    const previous = keys.at(-1) ?? this.#offloader.rootKey(salt);
    return this.#offloader.keyAfter(previous, prompt, keys.length * this.#blockSize);
  }

  // Returns the keys of the blocks that the last prompt and `prompt` have in common; records `prompt` as the last one.
  #reusableKeys(prompt: Int32Array, salt: string): BlockKey[] {
    const common = salt === this.#salt ? commonPrefixLength(this.#prompt, prompt) : 0;
    if (salt === this.#salt && common === this.#prompt.length && common === prompt.length) return this.#keys;
    this.#keys = this.#keys.slice(0, Math.floor(common / this.#blockSize));
    this.#salt = salt;
    this.#prompt = prompt.slice(); // a copy, because the token array of the sequence changes
    return this.#keys;
  }
}
