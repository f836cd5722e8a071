// Computes the embeddings of the texts of a call: tokenizes them, submits as many as can run at once, and collects the vectors.

import { QuireError } from '../base/errors.ts';
import { linkSignals } from '../base/linked-signal.ts';
import { omitUndefined } from '../base/omit-undefined.ts';
import { checkInteger, checkOptionNames, describeType } from '../base/option-names.ts';
import {
  type EmbeddingInfo,
  type EmbedInput,
  type EmbedOptions,
  type EmbedResult,
  notAnEmbedderError,
} from '../completion/embedder.ts';
import type { RequestObserver } from '../completion/request-observer.ts';
import { Sequence } from '../scheduler/sequence.ts';
import { type Adapters, adapterSalt, type UsedAdapter } from './adapters.ts';
import { checkPrompt } from './check-prompt.ts';
import { Embedding } from './embedding.ts';
import type { EngineInfo } from './engine-parts.ts';
import type { LoadedModel } from './load-model.ts';
import { checkRequestOptions } from './requests.ts';
import type { StepLoop } from './step-loop.ts';

export interface TextEmbedderSetup {
  readonly info: EngineInfo;
  readonly adapters: Adapters;
  readonly loop: StepLoop;
  readonly nextId: () => number;
  readonly observer: Required<RequestObserver>;
  /** aborted when the engine is disposed of */
  readonly disposal: AbortSignal;
}

/** What all texts of a call have in common. */
interface EmbedCall {
  readonly info: EmbeddingInfo;
  readonly dimensions: number;
  readonly adapter: UsedAdapter | undefined;
  readonly options: EmbedOptions;
  readonly signal: AbortSignal;
}

const OPTION_NAMES = Object.keys({
  dimensions: true,
  adapter: true,
  cacheSalt: true,
  priority: true,
  signal: true,
} satisfies Record<keyof EmbedOptions, true>);

export class TextEmbedder {
  readonly #model: LoadedModel;
  readonly #setup: TextEmbedderSetup;

  constructor(model: LoadedModel, setup: TextEmbedderSetup) {
    this.#model = model;
    this.#setup = setup;
  }

  /** See `Embedder.embed`. */
  async embed(given: EmbedInput | readonly EmbedInput[], options: EmbedOptions = {}): Promise<EmbedResult> {
    const info = this.#requireInfo();
    checkOptionNames(options, OPTION_NAMES, 'embed');
    checkRequestOptions(omitUndefined(options));
    const dimensions = checkDimensions(options.dimensions, info, this.#model.config.name);
    const inputs = inputsOf(given);
    const parallel = Math.ceil(this.#setup.info.maxRunning / 2); // so that other requests start at once
    const running = new Set<Embedding>();
    const embeddings: Embedding[] = [];
    const vectors: Float32Array[] = [];
    let adapter: UsedAdapter | undefined;
    const { signal, unlink } = linkSignals(options.signal, this.#setup.disposal);
    // One listener for all texts: Node.js warns of more than ten.
    const cancelAll = (): void => {
      for (const embedding of running) embedding.cancel();
    };
    signal.addEventListener('abort', cancelAll, { once: true });
    try {
      signal.throwIfAborted();
      adapter = this.#setup.adapters.use(options.adapter); // all texts use it, even if it is unloaded in the meantime
      for (const [i, input] of inputs.entries()) {
        const tokens = await this.#tokensOf(input, i, info, signal);
        if (running.size >= parallel) await Promise.race([...running].map(({ result }) => result));
        const embedding = this.#submit(tokens, { info, dimensions, adapter, options, signal });
        running.add(embedding);
        const end = (): boolean => running.delete(embedding);
        embedding.result.then(end, end);
        embeddings.push(embedding);
      }
      for (const { result } of embeddings) vectors.push(await result);
    } catch (error) {
      cancelAll();
      throw error;
    } finally {
      unlink();
      adapter?.release();
    }
    return {
      vectors,
      promptTokens: embeddings.reduce((sum, { sequence }) => sum + sequence.promptLength, 0),
      cachedTokens: embeddings.reduce((sum, { sequence }) => sum + sequence.cachedTokens, 0),
    };
  }

  #requireInfo(): EmbeddingInfo {
    const { name: model, unsupportedPooling: unsupported } = this.#model.config;
    const { embedding } = this.#setup.info;
    if (embedding !== undefined) return embedding;
    throw notAnEmbedderError(model, unsupported);
  }

  async #tokensOf(
    input: EmbedInput,
    index: number,
    { maxTokens }: EmbeddingInfo,
    signal: AbortSignal,
  ): Promise<readonly number[]> {
    const { tokenizer, config } = this.#model;
    signal.throwIfAborted();
    const holds = maxTokens + 1;
    const encode = (text: string): Promise<readonly number[]> =>
      tokenizer.encodeTextAsync(text, { holds, signal }).catch((error: unknown) => {
        throw isTooLong(error) ? tooLongError(index, holds, maxTokens) : error;
      });
    const tokens = typeof input === 'string' ? await encode(input) : input;
    if (tokens.length > maxTokens) throw tooLongError(index, tokens.length, maxTokens);
    checkPrompt(tokens, { contextLength: holds, vocabSize: config.vocabSize });
    return tokens;
  }

  #submit(
    prompt: readonly number[],
    { info, dimensions, adapter, options: { cacheSalt, priority }, signal }: EmbedCall,
  ): Embedding {
    const { loop, nextId, observer } = this.#setup;
    signal.throwIfAborted();
    const sequence = new Sequence(nextId(), {
      prompt,
      capacity: prompt.length + 1,
      arrivedAt: performance.now(),
      salt: adapterSalt(adapter, cacheSalt),
      vectors: info.pooling === 'last' ? 'last' : 'all',
      ...omitUndefined({ priority, adapter: adapter?.slot }),
    });
    const embedding = new Embedding({
      ...{ sequence, info, dimensions, adapter: adapter?.share(), signal, observer },
      onCancel: () => loop.wake(),
    });
    try {
      loop.submit(embedding);
    } catch (error) {
      embedding.fail(error);
      throw error;
    }
    return embedding;
  }
}

function inputsOf(given: EmbedInput | readonly EmbedInput[]): readonly EmbedInput[] {
  if (typeof given !== 'string' && !Array.isArray(given))
    throw new QuireError(
      'bad_option',
      `the input is ${describeType(given)}`,
      'pass a text or a list of texts',
    );
  // Copies, because the caller may change its lists while the texts are computed.
  const list: readonly unknown[] = typeof given === 'string' ? [given] : [...given];
  if (list.length === 0)
    throw new QuireError('bad_option', 'the input is an empty list', 'pass at least one text');
  const inputs = list.every((item) => typeof item === 'number') ? [list] : list;
  for (const [i, input] of inputs.entries()) {
    if (input === '' || (Array.isArray(input) && input.length === 0))
      throw new QuireError('empty_prompt', `text ${i} is empty`, 'leave out empty texts');
    if (typeof input !== 'string' && !Array.isArray(input))
      throw new QuireError(
        'bad_option',
        `text ${i} is ${describeType(input)}`,
        'pass texts, or arrays of token ids',
      );
  }
  return inputs.map((input) => (Array.isArray(input) ? [...input] : input)) as readonly EmbedInput[];
}

function checkDimensions(dimensions: number | undefined, info: EmbeddingInfo, model: string): number {
  if (dimensions === undefined) return info.dimensions;
  checkInteger('dimensions', dimensions, 1, info.dimensions);
  if (dimensions < info.dimensions && !info.shortens)
    throw new QuireError(
      'bad_option',
      `${model} is not known to be trained for shorter vectors`,
      `leave out dimensions: the vectors have ${info.dimensions} elements`,
      { option: 'dimensions' },
    );
  return dimensions;
}

const isTooLong = (error: unknown): boolean =>
  error instanceof QuireError && error.code === 'context_length_exceeded';

const tooLongError = (index: number, tokens: number, maxTokens: number): QuireError =>
  new QuireError(
    'context_length_exceeded',
    `text ${index} has at least ${tokens} tokens, and an embedding is computed of at most ${maxTokens}`,
    'divide the text into parts, or raise the context length',
  );
