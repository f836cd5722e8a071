// One run of tokens on its way through the engine: the prompt, then what was chosen. There are no phases:
// it has tokens, and some of them are not computed yet.

import { assert } from '../base/assert.ts';
import { type SequenceId, sequenceId } from '../base/ids.ts';
import type { CachedSequence } from '../kv/kv-cache.ts';

export type SequenceState = 'waiting' | 'running' | 'finished';

export class Sequence {
  readonly id: SequenceId;
  readonly promptLength: number;
  state: SequenceState = 'waiting';
  /** set while it runs */
  cached: CachedSequence | undefined;
  /** prompt tokens that admission found computed */
  cachedTokens = 0;
  /** tokens that ran through the model, each time they did */
  computedTokens = 0;
  readonly #tokens: Int32Array; // [capacity]
  #length: number;

  /** @param capacity most tokens of prompt and answer together */
  constructor(id: number, prompt: ArrayLike<number>, capacity: number) {
    assert(prompt.length > 0 && prompt.length < capacity, 'a sequence needs a prompt, and room for a token');
    this.id = sequenceId(id);
    this.promptLength = prompt.length;
    this.#tokens = new Int32Array(capacity);
    this.#tokens.set(prompt);
    this.#length = prompt.length;
  }

  /** tokens so far, not a copy. [length] */
  get tokens(): Int32Array {
    return this.#tokens.subarray(0, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  get capacity(): number {
    return this.#tokens.length;
  }

  get uncomputed(): number {
    return this.#length - (this.cached?.computed ?? 0);
  }

  append(token: number): void {
    assert(this.#length < this.capacity, 'a token beyond the capacity');
    this.#tokens[this.#length++] = token;
  }
}
