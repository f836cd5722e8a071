// Measures how a type of keys and values changes the predictions of a model: compares its logits with those of another type,
// accumulated over the positions of a text.

import { logitDifference, logProbability, mostLikelyToken } from './logits.ts';

export class KvQuality {
  /** number of positions so far */
  positions = 0;
  #largestDifference = 0;
  #differenceSum = 0;
  #agreeingPositions = 0;
  #negativeLogLikelihood = 0;

  /**
   * @param row logits [vocabSize]
   * @param exact logits at the same position with the other type
   * @param next the token that follows in the text
   */
  add(row: Float32Array, exact: Float32Array, next: number): void {
    const { largest, mean } = logitDifference(row, exact);
    this.positions++;
    this.#largestDifference = Math.max(this.#largestDifference, largest);
    this.#differenceSum += mean;
    if (mostLikelyToken(row) === mostLikelyToken(exact)) this.#agreeingPositions++;
    this.#negativeLogLikelihood -= logProbability(row, next);
  }

  get largestDifference(): number {
    return this.#largestDifference;
  }

  get meanDifference(): number {
    return this.#differenceSum / this.positions;
  }

  /** share of positions where the most likely token is the same */
  get agreement(): number {
    return this.#agreeingPositions / this.positions;
  }

  /** exp of the mean of -log p, where p is the probability of the following token */
  get perplexity(): number {
    return Math.exp(this.#negativeLogLikelihood / this.positions);
  }
}
