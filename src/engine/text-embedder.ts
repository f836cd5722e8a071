// Computes the embeddings of the texts of a call: tokenizes them, submits as many as can run at once, and collects the vectors.

import { QuireError } from '../base/errors.ts';
import { linkSignals } from '../base/linked-signal.ts';
import { omitUndefined } from '../base/omit-undefined.ts';
import { checkOptionNames, describeType } from '../base/option-names.ts';
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
import { EmbeddingSlots } from './embedding-slots.ts';
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
  onPrompt: true,
} satisfies Record<keyof EmbedOptions, true>);

export class TextEmbedder {
  readonly #model: LoadedModel;
  readonly #setup: TextEmbedderSetup;
  readonly #slots: EmbeddingSlots;

  constructor(model: LoadedModel, setup: TextEmbedderSetup) {
    this.#model = model;
    this.#setup = setup;
    const { maxRunning, maxWaiting } = setup.info;
    this.#slots = new EmbeddingSlots(Math.ceil(maxRunning / 2), maxWaiting);
  }

  /** See `Embedder.embed`. */
  async embed(given: EmbedInput | readonly EmbedInput[], options: EmbedOptions = {}): Promise<EmbedResult> {
    const info = this.#requireInfo();
    checkOptionNames(options, OPTION_NAMES, 'embed');
    checkRequestOptions(omitUndefined(options));
    const dimensions = checkDimensions(options.dimensions, info, this.#model.config.name);
    const inputs = inputsOf(given);
    const priority = this.#setup.info.scheduling === 'priority' ? (options.priority ?? 0) : 0;
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
      const prompts: (readonly number[])[] = []; // all are checked before one is computed
      for (const [i, input] of inputs.entries()) prompts.push(await this.#tokensOf(input, i, info, signal));
      options.onPrompt?.(prompts.reduce((sum, { length }) => sum + length, 0));
      const failures = linkSignals(signal); // ends the wait for a slot if a text fails
      try {
        for (const prompt of prompts) {
          await this.#slots.acquire(priority, failures.signal);
          if (failures.signal.aborted) {
            this.#slots.release(); // it was granted at the same time
            failures.signal.throwIfAborted();
          }
          const embedding = this.#submit(prompt, { info, dimensions, adapter, options, signal });
          running.add(embedding);
          embedding.result
            .catch((error: unknown) => failures.abort(error))
            .finally(() => running.delete(embedding));
          embeddings.push(embedding);
        }
      } finally {
        failures.unlink();
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
    const release = (): void => this.#slots.release();
    embedding.result.then(release, release);
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
  if (!Number.isSafeInteger(dimensions) || dimensions < 1 || dimensions > info.dimensions)
    throw new QuireError(
      'bad_option',
      `dimensions is ${String(dimensions)}`,
      `use a whole number from 1 to ${info.dimensions}`,
      { option: 'dimensions' },
    );
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
