// The embedding of a text: the pooled and normalized vectors of its tokens. The step loop passes the vectors of each step to `add`.
// Sums are computed in the order of the tokens in double precision, so the result is the same to the bit whatever steps compute it.

import { abortError, QuireError } from '../base/errors.ts';
import type { ModelConfig } from '../base/model/model-file.ts';
import { POOLING_METHODS, type PoolingMethod } from '../base/model/pooling.ts';
import { checkChoice } from '../base/option-names.ts';
import type { EmbeddingInfo } from '../completion/embedder.ts';
import type { RequestObserver } from '../completion/request-observer.ts';
import type { Sequence } from '../scheduler/sequence.ts';
import type { UsedAdapter } from './adapters.ts';

export interface EmbeddingSetup {
  readonly sequence: Sequence;
  readonly info: EmbeddingInfo;
  /** number of elements of the result */
  readonly dimensions: number;
  /** released when the embedding ends; undefined without one */
  readonly adapter: UsedAdapter | undefined;
  /** its reason is the error of a cancelled embedding */
  readonly signal: AbortSignal;
  readonly observer: Required<RequestObserver>;
  /** called when the request is cancelled */
  readonly onCancel: () => void;
}

export class Embedding {
  readonly sequence: Sequence;
  readonly result: Promise<Float32Array>;
  readonly #setup: EmbeddingSetup;
  readonly #sum: Float64Array; // of the vectors of the first `#count` tokens, or the vector of the last token
  #count = 0;
  #cancelled = false;
  #settle!: { resolve(vector: Float32Array): void; reject(error: unknown): void };

  constructor(setup: EmbeddingSetup) {
    this.#setup = setup;
    this.sequence = setup.sequence;
    this.#sum = new Float64Array(setup.info.dimensions);
    this.result = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.result.catch(() => {}); // the caller of `embed` may await another text
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  beginStep(): void {}

  /**
   * Adds vectors of a step, after its tokens were committed. Returns whether the embedding is complete.
   * @param vectors of all sequences of the step. [any, dimensions of the model]
   * @param from index of the first vector of this sequence
   * @param to index after its last vector
   */
  add(vectors: Float32Array, from: number, to: number): boolean {
    const { dimensions } = this.#setup.info;
    const { computed } = this.sequence.kv!;
    if (this.sequence.vectors === 'last') {
      this.#sum.set(vectors.subarray((to - 1) * dimensions, to * dimensions));
      this.#count = 1;
    } else {
      const position = computed - (to - from); // of the first vector
      // A sequence that was preempted computes its first tokens again.
      for (let row = from + Math.max(0, this.#count - position); row < to; row++) {
        for (let i = 0; i < dimensions; i++) this.#sum[i]! += vectors[row * dimensions + i]!;
        this.#count++;
      }
    }
    return computed === this.sequence.length;
  }

  /** Ends the embedding with its vector. Never throws. */
  finish(): void {
    this.#end();
    const { info, dimensions } = this.#setup;
    const vector = this.#sum.subarray(0, dimensions).map((sum) => sum / this.#count);
    const length = info.normalize ? Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0)) : 1;
    const isValid = Number.isFinite(length) && vector.every(Number.isFinite);
    if (isValid) this.#settle.resolve(Float32Array.from(vector, (x) => x / Math.max(length, MIN_LENGTH)));
    else this.#settle.reject(badVectorError());
    const { promptLength: promptTokens, cachedTokens, computedTokens } = this.sequence;
    this.#setup.observer.onEmbedding({ promptTokens, cachedTokens, computedTokens });
  }

  /** Ends the embedding with an error. Never throws. */
  fail(error: unknown): void {
    this.#end();
    this.#settle.reject(error);
  }

  /** Ends the embedding because it was cancelled. */
  endCancelled(): void {
    this.fail(abortError(this.#setup.signal));
  }

  /** Cancels the embedding before the next step. */
  cancel(): void {
    this.#cancelled = true;
    this.#setup.onCancel();
  }

  #end(): void {
    this.#setup.adapter?.release();
  }
}

const MIN_LENGTH = 1e-12;

/**
 * Returns how a model computes embeddings; undefined if it does not. Throws `bad_option`.
 * @param pooling the option of the engine, which has precedence over the files of the model
 */
export function embeddingInfo(
  config: Pick<ModelConfig, 'pooling' | 'hiddenSize' | 'name'>,
  pooling: PoolingMethod | undefined,
  contextLength: number,
): EmbeddingInfo | undefined {
  if (pooling !== undefined) checkChoice('pooling', pooling, POOLING_METHODS);
  const method = pooling ?? config.pooling?.method;
  if (method === undefined) return undefined;
  return {
    pooling: method,
    normalize: config.pooling?.normalize ?? true,
    dimensions: config.hiddenSize,
    shortens: config.pooling !== undefined && SHORTENING_MODELS.test(config.name),
    maxTokens: contextLength - 1,
  };
}

// Files do not say whether a model is trained for shorter vectors.
const SHORTENING_MODELS = /qwen3[-_. ]?embedding/i;

const badVectorError = (): QuireError =>
  new QuireError(
    'bad_vector',
    'the model computed a vector that is not finite',
    'the weights may be damaged, or too large for the type of the keys and values: try kvDtype f32',
  );
