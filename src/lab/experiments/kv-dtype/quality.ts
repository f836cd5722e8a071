// How a type of keys and values changes the predictions of a model: its logits compared with those of another type,
// accumulated over the positions of a text.

import { logitDifference, logProbability, mostLikely } from './logits.ts';

export class KvQuality {
  /** positions accumulated so far */
  positions = 0;
  #largest = 0;
  #differences = 0;
  #agreeing = 0;
  #negativeLogLikelihood = 0;

  /**
   * @param row logits [vocabSize]
   * @param exact logits at the same position under the type that is compared with
   * @param next the following token of the text
   */
  add(row: Float32Array, exact: Float32Array, next: number): void {
    const { largest, mean } = logitDifference(row, exact);
    this.positions++;
    this.#largest = Math.max(this.#largest, largest);
    this.#differences += mean;
    if (mostLikely(row) === mostLikely(exact)) this.#agreeing++;
    this.#negativeLogLikelihood -= logProbability(row, next);
  }

  get largestDifference(): number {
    return this.#largest;
  }

  get meanDifference(): number {
    return this.#differences / this.positions;
  }

  /** share of positions where the most likely token is the same */
  get agreement(): number {
    return this.#agreeing / this.positions;
  }

  /** exp of the mean of -log p of the following tokens */
  get perplexity(): number {
    return Math.exp(this.#negativeLogLikelihood / this.positions);
  }
}
