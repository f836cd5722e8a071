// Texts of random tokens with Qwen's vocabulary size, and sampling options with every kind of logits adjustment.

import type { SampledSequence } from '../../src/sampler/forbidden-tokens.ts';
import { type SamplingParameters, samplingParameters } from '../../src/sampler/parameters.ts';

export const VOCABULARY = 151_936;

export type Spread = 'uniform' | 'skewed';

/** A text that grows token by token; its second half is the answer. */
export class GrowingText {
  readonly #tokens: Int32Array;
  readonly #promptLength: number;
  #length: number;

  /**
   * @param length initial number of tokens
   * @param more maximum number of appended tokens
   */
  constructor(spread: Spread, length: number, more: number, seed: number) {
    const random = numbers(seed);
    this.#tokens = Int32Array.from({ length: length + more }, () => tokenOf(spread, random()));
    this.#promptLength = length >> 1;
    this.#length = length;
  }

  get distinct(): number {
    return new Set(this.#tokens.subarray(0, this.#length)).size;
  }

  get sequence(): SampledSequence {
    return { tokens: this.#tokens.subarray(0, this.#length), promptLength: this.#promptLength };
  }

  grow(): SampledSequence {
    this.#length++;
    return this.sequence;
  }
}

/** Returns options with every kind of logits adjustment. */
export function everyAdjustment(): SamplingParameters {
  const random = numbers(7);
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

// Skewed: probability proportional to 1 / rank, as for words of natural language.
const tokenOf = (spread: Spread, share: number): number =>
  Math.floor(spread === 'uniform' ? share * VOCABULARY : VOCABULARY ** share - 1);

// Numbers in [0, 1) from a linear congruential generator, whose high bits are random enough here.
function numbers(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
