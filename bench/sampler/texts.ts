// Texts of random tokens with the vocabulary size of Qwen, and sampling parameters with every kind of logits adjustment.

import type { SampledSequence } from '../../src/sampler/forbidden-tokens.ts';
import { type SamplingParameters, samplingParameters } from '../../src/sampler/parameters.ts';

export const VOCAB_SIZE = 151_936;

export type TokenDistribution = 'uniform' | 'skewed';

/** A text to which tokens are appended. The second half of the initial text is the answer. */
export class GrowingText {
  readonly #tokens: Int32Array;
  readonly #promptLength: number;
  #length: number;

  /**
   * @param length initial number of tokens
   * @param maxAppended maximum number of tokens that `grow` can append
   */
  constructor(spread: TokenDistribution, length: number, maxAppended: number, seed: number) {
    const random = randomNumbers(seed);
    this.#tokens = Int32Array.from({ length: length + maxAppended }, () => tokenOf(spread, random()));
    this.#promptLength = length >> 1;
    this.#length = length;
  }

  /** number of distinct tokens */
  get distinct(): number {
    return new Set(this.#tokens.subarray(0, this.#length)).size;
  }

  get sequence(): SampledSequence {
    return { tokens: this.#tokens.subarray(0, this.#length), promptLength: this.#promptLength };
  }

  /** Appends a token. */
  grow(): SampledSequence {
    this.#length++;
    return this.sequence;
  }
}

/** Returns sampling parameters with every kind of logits adjustment. */
export function parametersWithAllAdjustments(): SamplingParameters {
  const random = randomNumbers(7);
  const token = (): number => tokenOf('uniform', random());
  return samplingParameters({
    temperature: 0.7,
    seed: 1,
    repetitionPenalty: 1.1,
    presencePenalty: 0.5,
    frequencyPenalty: 0.1,
    logitBias: Object.fromEntries(Array.from({ length: 16 }, () => [token(), 1])),
    badTokens: Array.from({ length: 32 }, (_, i) => Array.from({ length: 1 + (i % 3) }, token)),
    minTokens: 100_000,
    stopTokens: [token(), token()],
  });
}

// Returns a token. With `skewed`, its probability is proportional to 1 / rank, as for words of natural language.
const tokenOf = (spread: TokenDistribution, fraction: number): number =>
  Math.floor(spread === 'uniform' ? fraction * VOCAB_SIZE : VOCAB_SIZE ** fraction - 1);

// Returns a function that returns numbers in [0, 1), from a linear congruential generator.
function randomNumbers(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
