// What a type of keys and values does to a model's answers: its logits beside those of another type, summed up over
// the positions of a text.

import { likeliest, logitDifference, logProbability } from './logits.ts';

export class KvQuality {
  /** positions summed up so far */
  positions = 0;
  #largest = 0;
  #differences = 0;
  #agreeing = 0;
  #surprise = 0;

  /**
   * @param row [vocabSize]
   * @param exact the same place under the type that is compared with
   * @param next the token of the text that follows
   */
  add(row: Float32Array, exact: Float32Array, next: number): void {
    const { largest, mean } = logitDifference(row, exact);
    this.positions++;
    this.#largest = Math.max(this.#largest, largest);
    this.#differences += mean;
    if (likeliest(row) === likeliest(exact)) this.#agreeing++;
    this.#surprise -= logProbability(row, next);
  }

  get largestDifference(): number {
    return this.#largest;
  }

  get meanDifference(): number {
    return this.#differences / this.positions;
  }

  /** share of positions where the likeliest token is the same */
  get agreement(): number {
    return this.#agreeing / this.positions;
  }

  /** exp of the mean of -log p of the tokens that follow */
  get perplexity(): number {
    return Math.exp(this.#surprise / this.positions);
  }
}
