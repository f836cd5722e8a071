// Speculative decoding: drafts are taken from the sequence's own text (ngram-index.ts) and verified in the step that
// computes them. Drafts up to the first mismatch are accepted, the others are dropped.

import type { KvCache } from '../kv/kv-cache.ts';
import { NgramIndex } from './ngram-index.ts';
import type { Sequence } from './sequence.ts';

export const NO_DRAFTS = new Int32Array(0);

export class Drafts {
  readonly #cache: KvCache;
  readonly #maxTokens: number;
  readonly #indexes = new Map<Sequence, NgramIndex>();

  /** @param most maximum draft tokens per sequence and step; 0 disables drafting */
  constructor(cache: KvCache, most: number) {
    this.#cache = cache;
    this.#maxTokens = most;
  }

  /**
   * Returns draft tokens that may follow those of `sequence`.
   * @param most maximum number of drafts
   */
  propose(sequence: Sequence, most: number): Int32Array {
    const room = sequence.capacity - sequence.length - 1;
    const wanted = Math.min(this.#maxTokens, room, most);
    if (wanted < 1) return NO_DRAFTS;
    this.index(sequence, sequence.length);
    return this.#indexes.get(sequence)?.continuation(sequence.tokens, wanted) ?? NO_DRAFTS;
  }

  /** Indexes the first `length` tokens ahead of time, so that a long prompt is not indexed in one go. */
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
   * Appends the token chosen for a sequence and those chosen for its drafts up to the first mismatch; drops the other
   * drafts. All tokens before them must be committed.
   * @param selected [1 + drafts], the tokens chosen after the text and after each draft
   * @param append called with an index of `selected`; returns true when the sequence is complete
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

  /** Releases the index of a sequence that ended. */
  forget(sequence: Sequence): void {
    this.#indexes.delete(sequence);
  }
}
