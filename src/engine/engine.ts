// The library's engine: a loaded model, its KV memory, and the loop that serves requests. It is the Completer
// that conversations talk to, and it takes raw prompts, messages or token ids directly.

import type {
  CachePolicy,
  ChatEncoding,
  ChatMessage,
  Completer,
  GenerationStream,
  SamplingOptions,
  TemplateOptions,
} from '../base/completer.ts';
import { deferredStream } from '../base/deferred-stream.ts';
import { QuireError } from '../base/errors.ts';
import { failedStream } from '../base/failed-stream.ts';
import type { ModelConfig } from '../base/model-file.ts';
import { checkChoice, checkOptionNames } from '../base/option-names.ts';
import type { Executable } from '../kernels/backend.ts';
import { CACHE_POLICIES, createCache } from '../kv/create-cache.ts';
import type { KvUsage } from '../kv/kv-cache.ts';
import type { Program } from '../program/program.ts';
import { emitTape } from '../program/tape.ts';
import { SAMPLING_OPTIONS, samplingParameters } from '../sampler/parameters.ts';
import { Scheduler } from '../scheduler/scheduler.ts';
import { Sequence } from '../scheduler/sequence.ts';
import { type ChatTemplate, noChatTemplate } from '../text/chat-template.ts';
import type { Tokenizer } from '../text/tokenizer.ts';

import { Generation } from './generation.ts';
import { type KvSizeOptions, kvSize, wholeOption } from './kv-size.ts';
import { type LoadedModel, type LoadModelOptions, loadModelFor } from './load-model.ts';
import { StepLoop, type StepObserver } from './step-loop.ts';
import { TokenBudget } from './token-budget.ts';
import { withVocabulary } from './token-options.ts';

export interface EngineOptions extends KvSizeOptions {
  /** `paged` by default */
  readonly cache?: CachePolicy;
  /** most tokens in a step; fewer when they would take longer than about 100 ms */
  readonly stepTokens?: number;
  /** sees each step with its logits: for the laboratory and for tests, not for serving */
  readonly onStep?: StepObserver;
}

export interface EngineInfo {
  readonly model: string;
  readonly architecture: string;
  readonly parameters: number;
  /** tokens */
  readonly contextLength: number;
  readonly backend: string;
  readonly cache: CachePolicy;
  /** bytes of KV memory */
  readonly kvBytes: number;
  /** bytes of the stored weights */
  readonly weightBytes: number;
}

interface Request extends SamplingOptions {
  readonly signal?: AbortSignal;
}

/** A text: through the chat template as one user message, unless `raw` or the model has none. */
export interface PromptRequest extends Request, TemplateOptions {
  readonly prompt: string;
  readonly system?: string;
  readonly raw?: boolean;
}

export interface MessagesRequest extends Request, TemplateOptions {
  readonly messages: readonly ChatMessage[];
}

export interface TokensRequest extends Request {
  readonly tokens: readonly number[];
}

export type GenerateRequest = PromptRequest | MessagesRequest | TokensRequest;

const TEMPLATE_OPTIONS = ['tools', 'documents', 'template', 'templateOptions'] as const;
const REQUEST_OPTIONS = [
  'prompt',
  'system',
  'raw',
  'messages',
  'tokens',
  'signal',
  ...TEMPLATE_OPTIONS,
  ...SAMPLING_OPTIONS,
];
const MAX_RUNNING = 16;
const STEP_TOKENS = 256;

export class Engine implements Completer, AsyncDisposable {
  readonly info: EngineInfo;
  readonly contextLength: number;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate | undefined;
  readonly #model: LoadedModel;
  readonly #executable: Executable;
  readonly #usage: () => KvUsage;
  readonly #loop: StepLoop;
  #nextId = 0;
  #disposed = false;

  private constructor(
    model: LoadedModel,
    executable: Executable,
    parts: Pick<Engine, 'info'> & { loop: StepLoop; usage: () => KvUsage },
  ) {
    this.#model = model;
    this.#executable = executable;
    this.#loop = parts.loop;
    this.#usage = parts.usage;
    this.info = parts.info;
    this.contextLength = parts.info.contextLength;
    this.tokenizer = model.tokenizer;
    this.template = model.template;
  }

  /** An engine on a loaded model; raises `kv_memory_too_small` and `bad_option`. */
  static async create(model: LoadedModel, options: EngineOptions = {}): Promise<Engine> {
    const policy = options.cache ?? 'paged';
    checkChoice('cache', policy, CACHE_POLICIES);
    const { layout, blocks, bytes, contextLength } = kvSize(model.config, model.program, options);
    const wanted = wholeOption('stepTokens', options.stepTokens ?? STEP_TOKENS, 1, 65_536);
    const stepTokens = Math.min(wanted, contextLength);
    const tape = emitTape(model.program, { tokens: stepTokens, rows: MAX_RUNNING }, contextLength);
    const { weights, backend } = model;
    const executable = await backend.createExecutable({ tape, weights, layout, blocks, contextLength });
    const cache = createCache(policy, { blocks, blockSize: layout.blockSize, contextLength });
    const scheduler = new Scheduler(cache, {
      maxRunning: Math.min(MAX_RUNNING, stepTokens),
      kvGroups: layout.groups.length,
    });
    const loop = new StepLoop(scheduler, executable, new TokenBudget(stepTokens), options.onStep);
    const info: EngineInfo = {
      model: model.config.name,
      architecture: model.config.architecture,
      parameters: model.parameters,
      contextLength,
      backend: backend.name,
      cache: policy,
      kvBytes: bytes,
      weightBytes: weights.bytes,
    };
    return new Engine(model, executable, { info, loop, usage: () => cache.usage() });
  }

  /** Tokens that KV memory is held for, and how many of them are computed. */
  get kvUsage(): KvUsage {
    return this.#usage();
  }

  /** Starts an answer. Never throws: what is wrong with the request comes through the stream. */
  generate(request: GenerateRequest): GenerationStream {
    const submittedAt = performance.now();
    const begin = async (): Promise<GenerationStream> => {
      checkOptionNames(request, REQUEST_OPTIONS, 'generate');
      return this.#start(await this.encode(request), request, request.signal, submittedAt);
    };
    return deferredStream(begin());
  }

  complete(prompt: readonly number[], options: SamplingOptions, signal?: AbortSignal): GenerationStream {
    try {
      return this.#start(prompt, options, signal, performance.now());
    } catch (error) {
      return failedStream(error);
    }
  }

  /** The token ids that `generate` would run for a request. A long text leaves the event loop free. */
  async encode(request: GenerateRequest): Promise<readonly number[]> {
    if ('tokens' in request) {
      checkNoTemplateOption(request);
      return request.tokens;
    }
    if ('messages' in request) return (await this.encodeChat(request.messages, undefined, request)).tokens;
    const { prompt, system } = request;
    if (request.raw === true || this.template === undefined) {
      if (system !== undefined) throw noPlaceForSystem();
      checkNoTemplateOption(request);
      return this.tokenizer.encodePromptAsync(prompt);
    }
    const user = { role: 'user', content: prompt } as const;
    const messages: ChatMessage[] =
      system === undefined ? [user] : [{ role: 'system', content: system }, user];
    return (await this.encodeChat(messages, undefined, request)).tokens;
  }

  async encodeChat(
    messages: readonly ChatMessage[],
    previous?: ChatEncoding,
    options: TemplateOptions = {},
  ): Promise<ChatEncoding> {
    if (this.template === undefined) throw noChatTemplate(this.info.model);
    return this.template.encodeAsync(messages, {
      ...pickTemplateOptions(options),
      ...(previous === undefined ? {} : { previous }),
    });
  }

  decodeRaw(tokens: readonly number[]): string {
    return this.tokenizer.decodeRaw(tokens);
  }

  /** Ends all requests with `disposed`, stops the thread and frees the memory. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#loop.abandon(disposedError());
    await this.#executable.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  #start(
    prompt: readonly number[],
    options: SamplingOptions,
    signal: AbortSignal | undefined,
    submittedAt: number,
  ): GenerationStream {
    if (this.#disposed) throw disposedError();
    const asked = samplingParameters(options, this.#model.generation);
    const parameters = withVocabulary(asked, this.tokenizer, this.#model.config.vocabSize);
    this.#checkPrompt(prompt);
    // A sequence has room for a token at least; one that is to have none never runs.
    const most = Math.max(1, parameters.maxTokens ?? this.contextLength);
    const capacity = Math.min(this.contextLength, prompt.length + most);
    const generation = new Generation({
      sequence: new Sequence(this.#nextId++, prompt, capacity),
      parameters,
      tokenizer: this.tokenizer,
      backend: this.info.backend,
      submittedAt,
      signal,
      onCancel: () => this.#loop.wake(),
    });
    if (parameters.maxTokens === 0) generation.finish(generation.cancelled ? 'cancelled' : 'length');
    else this.#loop.submit(generation);
    return generation.stream;
  }

  #checkPrompt(prompt: readonly number[]): void {
    if (prompt.length === 0) {
      throw new QuireError(
        'empty_prompt',
        'the prompt has no tokens',
        'give some text: this model adds no start token',
      );
    }
    if (prompt.length >= this.contextLength) {
      throw new QuireError(
        'context_length_exceeded',
        `the prompt has ${prompt.length} tokens and the context holds ${this.contextLength}, the answer included`,
        'shorten the prompt or start a new conversation',
      );
    }
    const { vocabSize } = this.#model.config;
    const bad = prompt.find((token) => !(Number.isInteger(token) && token >= 0 && token < vocabSize));
    if (bad !== undefined) {
      throw new QuireError(
        'bad_token',
        `${bad} is no token id`,
        `ids are whole numbers from 0 to ${vocabSize - 1}`,
      );
    }
  }
}

function pickTemplateOptions(given: TemplateOptions): TemplateOptions {
  const { tools, documents, template, templateOptions } = given;
  return {
    ...(tools === undefined ? {} : { tools }),
    ...(documents === undefined ? {} : { documents }),
    ...(template === undefined ? {} : { template }),
    ...(templateOptions === undefined ? {} : { templateOptions }),
  };
}

/** Raises `bad_option` where a prompt without a template is given something for one. */
function checkNoTemplateOption(request: GenerateRequest): void {
  const options = new Map(Object.entries(request));
  const given = TEMPLATE_OPTIONS.find((name) => options.get(name) !== undefined);
  if (given === undefined) return;
  const hint = 'leave it out, or use a chat model without raw';
  throw new QuireError('bad_option', `${given} is for a chat template, and this prompt goes past it`, hint);
}

const noPlaceForSystem = (): QuireError =>
  new QuireError(
    'bad_option',
    'a raw prompt has no place for a system message',
    'leave the system message out, or use a chat model without raw',
  );

const disposedError = (): QuireError =>
  new QuireError('disposed', 'the engine was disposed', 'load it again');

export type LoadEngineOptions = LoadModelOptions & EngineOptions;

const LOAD_OPTIONS: readonly (keyof LoadEngineOptions)[] = [
  'model',
  'backend',
  'activations',
  'offline',
  'onProgress',
  'cache',
  'context',
  'kvMemory',
  'blockSize',
  'stepTokens',
  'onStep',
];

/** A model loaded and an engine on it: `loadModel` and `Engine.create` in one. */
export async function loadEngine(options: LoadEngineOptions = {}): Promise<Engine> {
  checkOptionNames(options, LOAD_OPTIONS, 'loadEngine');
  const kvBytes = (config: ModelConfig, program: Program): number => kvSize(config, program, options).bytes;
  return Engine.create(await loadModelFor(options, kvBytes), options);
}
