// Embeddings: vectors of texts, whose cosine is a measure of their similarity.

import { QuireError } from '../base/errors.ts';
import type { PoolingMethod } from '../base/model/pooling.ts';

export interface EmbeddingInfo {
  readonly pooling: PoolingMethod;
  /** whether vectors have the length 1 */
  readonly normalize: boolean;
  /** number of elements of a vector */
  readonly dimensions: number;
  /** whether the model is trained so that the first elements of a vector are a shorter vector (Kusupati et al. 2022) */
  readonly shortens: boolean;
  /** maximum number of tokens of a text */
  readonly maxTokens: number;
}

/** A text, or the token ids of a text, which are used as they are. */
export type EmbedInput = string | readonly number[];

export interface EmbedOptions {
  /** number of elements of the vectors, which are the first elements, scaled to the length 1; all by default */
  readonly dimensions?: number | undefined;
  /** name of a LoRA adapter */
  readonly adapter?: string | undefined;
  /** texts with different salts share no cached tokens */
  readonly cacheSalt?: string | undefined;
  /** see `priority` of `generate` */
  readonly priority?: number | undefined;
  /** cancels the request */
  readonly signal?: AbortSignal | undefined;
  /** called with the number of tokens of all texts, before one of them is computed */
  readonly onPrompt?: ((promptTokens: number) => void) | undefined;
}

export interface EmbedResult {
  /** in the order of the inputs. [inputs][dimensions] */
  readonly vectors: readonly Float32Array[];
  /** number of tokens of all inputs, with those that the tokenizer adds */
  readonly promptTokens: number;
  /** how many of them were in the cache */
  readonly cachedTokens: number;
}

/** A completer that computes embeddings. */
export interface Embedder {
  /** undefined if the model is not loaded for embeddings */
  readonly embedding: EmbeddingInfo | undefined;
  /**
   * Returns one vector for each input. The vector of a text is the same to the bit whatever it is computed with. Rejects with
   * `no_pooling`, `bad_option`, `empty_prompt`, `bad_token`, `context_length_exceeded`, `adapter_not_found`, `busy`, or the reason of
   * the signal; then no vector is returned.
   */
  embed(inputs: EmbedInput | readonly EmbedInput[], options?: EmbedOptions): Promise<EmbedResult>;
}

/** Returns whether a completer has the methods of an embedder. Its model may nevertheless compute no embeddings. */
export const isEmbedder = (completer: object): completer is Embedder =>
  'embed' in completer && typeof completer.embed === 'function';

/** @param reason why the embeddings that the files of the model describe cannot be computed */
export const notAnEmbedderError = (model: string, reason?: string): QuireError =>
  new QuireError(
    'no_pooling',
    reason === undefined
      ? `${model} is not an embedding model: its files do not say how the vectors of its tokens become one`
      : `the embeddings of ${model} cannot be computed: ${reason}`,
    "use an embedding model, or load this model with the option pooling: 'last' or 'mean' (--pooling); the vectors of a chat model are poor",
  );
