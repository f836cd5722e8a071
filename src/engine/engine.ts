// The engine of the library: a loaded model, its KV memory, and the loop that runs requests. The engine implements the interface
// TokenCompleter for conversations and protocols. Callers can also pass prompts, messages or token ids directly.

import { linkSignals } from '../base/linked-signal.ts';
import { omitUndefined } from '../base/omit-undefined.ts';
import { checkInteger, checkOptionNames } from '../base/option-names.ts';
import { finishInSlices } from '../base/steps.ts';
import type { AdapterHost, AdapterInfo } from '../completion/adapters.ts';
import { type CacheEvent, EVENT_KINDS, type EventKind } from '../completion/cache-event.ts';
import type { ChatEncoding, ChatMessage, TemplateOptions } from '../completion/chat-message.ts';
import type { ChatCompletionOptions, CompletionOptions, TokenCompleter } from '../completion/completer.ts';
import { deferredStream } from '../completion/deferred-stream.ts';
import type { Embedder, EmbedInput, EmbedOptions, EmbedResult } from '../completion/embedder.ts';
import { failedStream } from '../completion/failed-stream.ts';
import type { GenerationStream } from '../completion/generation.ts';
import type { KvMemoryUsage, ModelCounters, ModelMonitor } from '../completion/model-info.ts';
import { noChatTemplateError } from '../completion/no-chat-template-error.ts';
import type { RequestObserver } from '../completion/request-observer.ts';
import { SAMPLING_OPTION_NAMES, type SamplingOptions } from '../completion/sampling-options.ts';
import type { EncodingLimits } from '../completion/token-text.ts';
import { checkTexts } from '../sampler/option-checks.ts';
import { randomSeed, samplingParameters } from '../sampler/parameters.ts';
import { Sequence } from '../scheduler/sequence.ts';
import type { ChatTemplate } from '../text/chat-template.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { adapterSalt, type UsedAdapter } from './adapters.ts';
import { checkPrompt } from './check-prompt.ts';
import { encodeRequest } from './encode-request.ts';
import { alreadyFinishedError, disposedError, noHeadError, unknownStreamError } from './engine-errors.ts';
import { CREATE_OPTION_NAMES } from './engine-option-names.ts';
import { createEngineParts, type EngineInfo, type EngineOptions, type EngineParts } from './engine-parts.ts';
import { Generation, type SubmittedRequest } from './generation.ts';
import { validDefaults } from './generation-defaults.ts';
import type { KvDiskState } from './kv-disk-port.ts';
import type { LoadedModel } from './load-model.ts';
import { Observers } from './observers.ts';
import { checkRequestOptions, type GenerateRequest, pickTemplateOptions } from './requests.ts';
import { TextEmbedder } from './text-embedder.ts';
import { type BadWordTokens, encodeBadWords, resolveTokenOptions } from './token-options.ts';

export type {
  EmbeddingTokens,
  RequestEnd,
  RequestObserver,
  RequestTimes,
} from '../completion/request-observer.ts';
export type { CachePolicy } from '../kv/cache-policy.ts';
export type { SchedulingPolicy } from '../scheduler/policies.ts';
export type { EngineInfo, EngineOptions } from './engine-parts.ts';
export type { GenerateRequest, MessagesRequest, PromptRequest, TokensRequest } from './requests.ts';

export interface EngineCounters extends ModelCounters {
  /** state of offloading to disk; absent if `kvDisk` is 0 */
  readonly disk?: KvDiskState;
}

let construct: (model: LoadedModel, parts: EngineParts, ownsModel: boolean) => Engine;

export class Engine implements TokenCompleter, ModelMonitor, AdapterHost, Embedder, AsyncDisposable {
  readonly info: EngineInfo;
  readonly contextLength: number;
  readonly identity: string;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate | undefined;
  readonly #model: LoadedModel;
  readonly #parts: EngineParts;
  // The generation of each returned stream. Callers identify a generation by its stream.
  readonly #generations = new WeakMap<GenerationStream, Promise<Generation>>();
  readonly #observers: Observers;
  readonly #generationDefaults: LoadedModel['generation'];
  #nextId = 0;
  readonly #ownsModel: boolean;
  readonly #embedder: TextEmbedder;
  readonly #disposal = new AbortController();

  private constructor(model: LoadedModel, parts: EngineParts, ownsModel: boolean) {
    this.#model = model;
    this.#ownsModel = ownsModel;
    this.#parts = parts;
    this.#observers = new Observers(parts.warn);
    this.#generationDefaults = validDefaults(model, parts.warn);
    this.info = parts.info;
    this.contextLength = parts.info.contextLength;
    this.identity = `${model.config.name}#${model.hash.slice(0, 16)}`;
    this.tokenizer = model.tokenizer;
    this.template = model.template;
    const { loop, adapters } = parts;
    this.#embedder = new TextEmbedder(model, {
      ...{ info: parts.info, loop, adapters, nextId: () => this.#nextId++, disposal: this.#disposal.signal },
      observer: this.#observers,
    });
  }

  static {
    construct = (model, parts, ownsModel) => new Engine(model, parts, ownsModel);
  }

  /**
   * Creates an engine on a loaded model. Several engines may share a model: disposing of an engine does not dispose of the model.
   * Rejects with `kv_memory_too_small`, `unknown_option` or `bad_option`.
   */
  static async create(model: LoadedModel, options: EngineOptions = {}): Promise<Engine> {
    checkOptionNames(options, CREATE_OPTION_NAMES, 'Engine.create');
    return createEngine(model, options);
  }

  /** bytes of KV memory by use; a shared block counts once */
  get kvUsage(): KvMemoryUsage {
    return this.#parts.kvUsage();
  }

  /** numbers of running and waiting sequences and of cache events, for metrics */
  get counters(): EngineCounters {
    const { scheduler, events, disk } = this.#parts;
    const counts = EVENT_KINDS.map((kind) => [kind, events.count(kind)] as const);
    return {
      running: scheduler.runningCount,
      waiting: scheduler.waitingCount,
      events: Object.fromEntries(counts) as Record<EventKind, number>,
      ...omitUndefined({ disk: disk?.state }),
    };
  }

  get monitor(): ModelMonitor {
    return this;
  }

  /** the loaded LoRA adapters */
  get adapters(): readonly AdapterInfo[] {
    return this.#parts.adapters.list;
  }

  /** name of the adapter of requests that name none */
  get defaultAdapter(): string | undefined {
    return this.#parts.adapters.defaultName;
  }

  /**
   * Loads a LoRA adapter: a folder of PEFT, its safetensors file, or a GGUF. Requests select it with `adapter`. Rejects with
   * `bad_option` for a name that is not valid, `adapter_exists`, `bad_adapter`, or an error of the file.
   */
  loadAdapter(name: string, path: string): Promise<AdapterInfo> {
    return this.#parts.adapters.load(name, path);
  }

  /** Removes an adapter for later requests; those that run continue with it. Rejects with `adapter_not_found`, and for the default adapter with `bad_option`. */
  unloadAdapter(name: string): Promise<void> {
    return this.#parts.adapters.unload(name);
  }

  get embedding(): EngineInfo['embedding'] {
    return this.info.embedding;
  }

  embed(inputs: EmbedInput | readonly EmbedInput[], options?: EmbedOptions): Promise<EmbedResult> {
    return this.#embedder.embed(inputs, options);
  }

  /** Passes the cache events since the last call to `onEvent`, oldest first. Returns how many events were overwritten. */
  drainEvents(onEvent: (event: CacheEvent) => void): number {
    return this.#parts.events.drain(onEvent);
  }

  /** Notifies `observer` of every later request. Returns a function that removes the observer. */
  observe(observer: RequestObserver): () => void {
    return this.#observers.add(observer);
  }

  /** Starts a generation. Never throws: errors in the request are reported through the stream. */
  generate(request: GenerateRequest): GenerationStream {
    return this.#toStream(this.#encodeRequest(request).then((submitted) => this.#submit(submitted)));
  }

  /**
   * Starts `n` samples of one request, whose prompt is computed only once. All samples use the same seed, but different random
   * numbers derived from it. With temperature 0 all samples are identical. If `n` is not a whole number from 1 to 1,024, returns
   * one stream that rejects with `bad_option`.
   */
  generateChoices(request: GenerateRequest, n: number): readonly GenerationStream[] {
    try {
      checkInteger('n', n, 1, 1024);
    } catch (error) {
      return [failedStream(error)];
    }
    const startedGeneration = this.#encodeRequest(request).then((submitted) => {
      this.#parts.scheduler.checkQueue(n);
      const options = { ...submitted.options, seed: submitted.options.seed ?? randomSeed() };
      const firstRequest = { ...submitted, options, sampleGroup: { next: n } };
      const parent = this.#createGeneration(firstRequest);
      const forks = Array.from({ length: n - 1 }, (_, i) =>
        this.#createGeneration({ ...firstRequest, choice: i + 1, parent }),
      );
      this.#enqueue(parent);
      for (const fork of forks) this.#enqueue(fork, parent);
      return [parent, ...forks];
    });
    return Array.from({ length: n }, (_, choice) =>
      this.#toStream(startedGeneration.then((generations) => generations[choice]!)),
    );
  }

  /**
   * Forks a running generation. From the next token on, the fork samples independently, with `options`. It shares all keys and
   * values computed so far. The stream of the fork starts with the text that was already generated. Errors, such as
   * `already_finished`, are reported through the stream.
   */
  fork(stream: GenerationStream, options: SamplingOptions & { signal?: AbortSignal } = {}): GenerationStream {
    return this.#toStream(this.#fork(stream, options));
  }

  completeChat(messages: readonly ChatMessage[], options: ChatCompletionOptions = {}): GenerationStream {
    return this.generate({ ...options, messages });
  }

  completeTokens(prompt: readonly number[], options: CompletionOptions = {}): GenerationStream {
    return this.generate({ ...options, tokens: prompt });
  }

  completeChoices(
    prompt: readonly number[],
    n: number,
    options: CompletionOptions = {},
  ): readonly GenerationStream[] {
    return this.generateChoices({ ...options, tokens: prompt }, n);
  }

  /**
   * Returns the token ids of the prompt that `generate` would use for a request. Does not block the event loop while a long text
   * is tokenized.
   * @param holds limit: rejects with `context_length_exceeded` as soon as the prompt has this number of tokens
   */
  encode(request: GenerateRequest, { holds }: { readonly holds?: number } = {}): Promise<readonly number[]> {
    return encodeRequest(request, this, { holds, signal: this.#disposal.signal });
  }

  async encodeChat(
    messages: readonly ChatMessage[],
    previous?: ChatEncoding,
    { holds, signal, ...options }: TemplateOptions & EncodingLimits = {},
  ): Promise<ChatEncoding> {
    if (this.template === undefined) throw noChatTemplateError(this.info.model);
    const link = linkSignals(signal, this.#disposal.signal);
    try {
      return await this.template.encodeAsync(messages, {
        ...pickTemplateOptions(options),
        previous,
        holds,
        signal: link.signal,
      });
    } finally {
      link.unlink();
    }
  }

  decodeRaw(tokens: readonly number[]): string {
    return this.tokenizer.decodeRaw(tokens);
  }

  /**
   * Fails all requests with `disposed`, stops the worker thread and frees the memory. If offloading to disk is enabled, first
   * offloads computed blocks, which takes a few seconds at most.
   */
  async dispose(): Promise<void> {
    if (this.#disposal.signal.aborted) return;
    this.#disposal.abort(disposedError());
    this.#parts.loop.abandon(disposedError());
    await this.#parts.closeDisk();
    await this.#parts.executable.dispose();
    this.#parts.adapters.dispose();
    if (this.#ownsModel) this.#model.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #encodeRequest(request: GenerateRequest): Promise<SubmittedRequest> {
    const submittedAt = performance.now();
    const prompt = await this.encode(request, { holds: this.contextLength });
    const badWordTokens = await this.#tokenizeBadWords(request.badWords);
    return { prompt, options: request, badWordTokens, signal: request.signal, submittedAt };
  }

  async #tokenizeBadWords(badWords: SamplingOptions['badWords']): Promise<BadWordTokens> {
    if (badWords === undefined) return [];
    const words = checkTexts('badWords', badWords);
    const encoding = encodeBadWords(words, this.tokenizer, this.#model.config.vocabSize);
    return finishInSlices(encoding, { signal: this.#disposal.signal });
  }

  #toStream(started: Promise<Generation>): GenerationStream {
    const stream = deferredStream(started.then((generation) => generation.stream));
    this.#generations.set(stream, started);
    return stream;
  }

  async #fork(
    stream: GenerationStream,
    { signal, ...options }: SamplingOptions & { signal?: AbortSignal },
  ): Promise<Generation> {
    checkOptionNames(options, FORK_OPTION_NAMES, 'fork');
    const parent = await this.#generations.get(stream);
    if (parent === undefined) throw unknownStreamError();
    const { badWordTokens } =
      options.badWords === undefined
        ? parent.request
        : { badWordTokens: await this.#tokenizeBadWords(options.badWords) };
    if (parent.sequence.state === 'finished') throw alreadyFinishedError();
    const { request, parameters, sequence } = parent;
    const fork = this.#createGeneration({
      prompt: request.prompt,
      options: { ...request.options, seed: parameters.seed, ...options },
      badWordTokens,
      signal,
      submittedAt: performance.now(),
      choice: parent.nextChoice(),
      parent,
      capacity: sequence.capacity,
    });
    this.#enqueue(fork, parent);
    return fork;
  }

  #submit(request: SubmittedRequest): Generation {
    const generation = this.#createGeneration(request);
    this.#enqueue(generation);
    return generation;
  }

  #createGeneration(request: SubmittedRequest): Generation {
    this.#disposal.signal.throwIfAborted();
    const { prompt, options, submittedAt, badWordTokens } = request;
    checkRequestOptions(options);
    if (this.#model.config.pooling?.lacksHead) throw noHeadError(this.info.model);
    const requested = samplingParameters(options, this.#generationDefaults);
    const { vocabSize } = this.#model.config;
    const parameters = resolveTokenOptions(requested, this.tokenizer, vocabSize, badWordTokens);
    checkPrompt(prompt, { contextLength: this.contextLength, vocabSize });
    // A sequence has capacity for at least one token; a request with maxTokens 0 is never scheduled.
    const maxTokens = Math.max(1, parameters.maxTokens ?? this.contextLength);
    const capacity = request.capacity ?? Math.min(this.contextLength, prompt.length + maxTokens);
    const { priority, cacheSalt } = options;
    const adapter = this.#adapterOf(request);
    const sequence = new Sequence(this.#nextId++, {
      prompt,
      capacity,
      arrivedAt: request.parent?.sequence.arrivedAt ?? submittedAt, // a fork has the position of its parent in the queue
      salt: adapterSalt(adapter, cacheSalt),
      ...omitUndefined({ priority, adapter: adapter?.slot }),
    });
    return new Generation({
      request,
      sequence,
      parameters,
      tokenizer: this.tokenizer,
      vocabSize,
      backend: this.info.backend,
      observer: this.#observers,
      adapter,
      onCancel: () => this.#parts.loop.wake(),
    });
  }

  // A fork has the adapter of its parent, which may have been unloaded in the meantime.
  #adapterOf({ options, parent }: SubmittedRequest): UsedAdapter | undefined {
    return parent === undefined ? this.#parts.adapters.use(options.adapter) : parent.adapter?.share();
  }

  #enqueue(generation: Generation, parent?: Generation): void {
    if (generation.parameters.maxTokens === 0) {
      generation.finish(generation.cancelled ? 'cancelled' : 'length');
      return;
    }
    const { loop } = this.#parts;
    try {
      if (parent === undefined) loop.submit(generation);
      else loop.fork(parent, generation);
      generation.reportAccepted();
    } catch (error) {
      generation.fail(error);
      throw error;
    }
  }
}

/**
 * Creates an engine as `Engine.create` does.
 * @param freeBytes bytes from which the default size of KV memory is derived; by default the free memory
 * @param ownsModel whether disposing of the engine disposes of the model
 */
export async function createEngine(
  model: LoadedModel,
  options: EngineOptions,
  { freeBytes, ownsModel = false }: { freeBytes?: number | undefined; ownsModel?: boolean } = {},
): Promise<Engine> {
  return construct(model, await createEngineParts(model, options, freeBytes), ownsModel);
}

// A fork uses maxTokens and logprobs of its parent.
const FORK_OPTION_NAMES = SAMPLING_OPTION_NAMES.filter((name) => name !== 'maxTokens' && name !== 'logprobs');
