// Speculative decoding: proposes draft tokens from earlier text of the same sequence (ngram-index.ts). The step that
// computes the drafts also verifies them. Drafts before the first mismatch are accepted, the others are dropped.

import type { KvCache } from '../kv/kv-cache.ts';
import { NgramIndex } from './ngram-index.ts';
import type { Sequence } from './sequence.ts';

export const NO_DRAFTS = new Int32Array(0);

export class Drafts {
  readonly #cache: KvCache;
  readonly #maxTokens: number;
  readonly #indexes = new Map<Sequence, NgramIndex>();

  /** @param maxTokens maximum number of draft tokens per sequence and step; 0 disables drafting */
  constructor(cache: KvCache, maxTokens: number) {
    this.#cache = cache;
    this.#maxTokens = maxTokens;
  }

  /**
   * Returns draft tokens for the text after `sequence`.
   * @param spareTokens number of drafts for which the step has capacity
   */
  propose(sequence: Sequence, spareTokens: number): Int32Array {
    const remaining = sequence.capacity - sequence.length - 1; // besides the token that the step selects
    const count = Math.min(this.#maxTokens, remaining, spareTokens);
    if (count < 1) return NO_DRAFTS;
    this.index(sequence, sequence.length);
    return this.#indexes.get(sequence)?.continuation(sequence.tokens, count) ?? NO_DRAFTS;
  }

  /** Indexes the first `length` tokens before drafts are needed, so that a long prompt is indexed in chunks. */
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
   * Appends the token selected after the text and the tokens selected after each matching draft; drops the drafts from the
   * first mismatch. All tokens before the drafts must be committed.
   * @param selected [1 + drafts], the tokens selected after the text and after each draft
   * @param append called with an index of `selected`; returns true when the sequence is complete
   */
  verify(
    sequence: Sequence,
    drafts: Int32Array,
    selected: Int32Array,
    append: (row: number) => boolean,
  ): void {
    const { kv, length } = sequence;
    let acceptedCount = 0;
    while (!append(acceptedCount) && drafts[acceptedCount] === selected[acceptedCount]) acceptedCount++;
    if (drafts.length === 0 || kv === undefined) return;
    sequence.countDrafts(drafts.length, acceptedCount);
    if (acceptedCount > 0) this.#cache.commit(kv, sequence.tokens, length + acceptedCount);
    this.#cache.truncate(kv, length + acceptedCount);
  }

  /** Removes the index of a sequence that has ended. */
  remove(sequence: Sequence): void {
    this.#indexes.delete(sequence);
  }
}
