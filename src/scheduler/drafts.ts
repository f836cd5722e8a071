// Speculation: tokens are guessed from the text itself (ngram-index.ts) and checked in the step that computes them. What
// the model would have chosen anyway is accepted; from the first wrong guess on all are taken back.

import type { KvCache } from '../kv/kv-cache.ts';
import { NgramIndex } from './ngram-index.ts';
import type { Sequence } from './sequence.ts';

export const NO_DRAFTS = new Int32Array(0);

export class Drafts {
  readonly #cache: KvCache;
  readonly #maxTokens: number;
  readonly #indexes = new Map<Sequence, NgramIndex>();

  /** @param most tokens guessed for a sequence in a step; 0 guesses none */
  constructor(cache: KvCache, most: number) {
    this.#cache = cache;
    this.#maxTokens = most;
  }

  /**
   * Tokens that may follow those of `sequence`.
   * @param most drafts wanted
   */
  propose(sequence: Sequence, most: number): Int32Array {
    const room = sequence.capacity - sequence.length - 1;
    const wanted = Math.min(this.#maxTokens, room, most);
    if (wanted < 1) return NO_DRAFTS;
    this.index(sequence, sequence.length);
    return this.#indexes.get(sequence)?.continuation(sequence.tokens, wanted) ?? NO_DRAFTS;
  }

  /** Looks at the first `length` tokens before a guess is asked for, so that a long prompt is not looked at all at once. */
  index(sequence: Sequence, length: number): void {
    if (this.#maxTokens === 0) return;
    let index = this.#indexes.get(sequence);
    if (index === undefined) {
      index = new NgramIndex();
      this.#indexes.set(sequence, index);
    }
    index.add(sequence.tokens, length);
  }

  /**
   * Appends what was chosen for a sequence and for its guesses, as long as the guesses are right, and takes back the rest.
   * All tokens before them are committed.
   * @param selected [1 + drafts], chosen after the text and after each guess
   * @param append with the index of a row of `selected`; returns whether the sequence wants no more
   */
  verify(
    sequence: Sequence,
    drafts: Int32Array,
    selected: Int32Array,
    append: (row: number) => boolean,
  ): void {
    const { kv, length } = sequence;
    let accepted = 0;
    while (!append(accepted) && drafts[accepted] === selected[accepted]) accepted++;
    if (drafts.length === 0 || kv === undefined) return;
    sequence.countDrafts(drafts.length, accepted);
    if (accepted > 0) this.#cache.commit(kv, sequence.tokens, length + accepted);
    this.#cache.truncate(kv, length + accepted);
  }

  /** The sequence ended. */
  forget(sequence: Sequence): void {
    this.#indexes.delete(sequence);
  }
}
