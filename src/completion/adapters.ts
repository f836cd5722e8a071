// LoRA adapters of a completer, and a completer whose requests use one of them.

import { QuireError } from '../base/errors.ts';
import { nearestName } from '../base/nearest-name.ts';
import type { ChatEncoding, ChatMessage, TemplateOptions } from './chat-message.ts';
import type { ChatCompletionOptions, CompletionOptions, TokenCompleter } from './completer.ts';
import {
  type Embedder,
  type EmbeddingInfo,
  type EmbedInput,
  type EmbedOptions,
  type EmbedResult,
  isEmbedder,
  notAnEmbedderError,
} from './embedder.ts';
import { failedStream } from './failed-stream.ts';
import type { GenerationStream } from './generation.ts';
import type { EncodingLimits } from './token-text.ts';

export interface AdapterInfo {
  readonly name: string;
  /** path from which it was loaded */
  readonly path: string;
  /** largest rank of a layer */
  readonly rank: number;
  /** number of layers that it changes */
  readonly layers: number;
  readonly bytes: number;
  /** SHA-256 of its matrices as hexadecimal digits; part of the salt of its keys and values */
  readonly hash: string;
}

/** A completer that loads and unloads adapters while it runs. */
export interface AdapterHost {
  readonly adapters: readonly AdapterInfo[];
  /** name of the adapter of requests that name none; it cannot be unloaded */
  readonly defaultAdapter?: string | undefined;
  /** Rejects with `bad_option` for an invalid name, `adapter_exists`, `bad_adapter`, or an error of the file. */
  loadAdapter(name: string, path: string): Promise<AdapterInfo>;
  /** Rejects with `adapter_not_found`. Running requests continue with the adapter. */
  unloadAdapter(name: string): Promise<void>;
}

/** Uses an adapter for all requests, for example those of a conversation. A request that names another one fails with `bad_option`. */
export class AdaptedCompleter implements TokenCompleter, Embedder {
  readonly base: TokenCompleter;
  readonly adapter: string;

  constructor(base: TokenCompleter, adapter: string) {
    this.base = base;
    this.adapter = adapter;
  }

  get info(): TokenCompleter['info'] {
    return this.base.info;
  }

  get contextLength(): number {
    return this.base.contextLength;
  }

  get identity(): string {
    return this.base.identity ?? '';
  }

  get tokenizer(): TokenCompleter['tokenizer'] {
    return this.base.tokenizer;
  }

  get template(): TokenCompleter['template'] {
    return this.base.template;
  }

  get embedding(): EmbeddingInfo | undefined {
    return isEmbedder(this.base) ? this.base.embedding : undefined;
  }

  async embed(inputs: EmbedInput | readonly EmbedInput[], options?: EmbedOptions): Promise<EmbedResult> {
    if (!isEmbedder(this.base)) throw notAnEmbedderError(this.info.model);
    const { adapter = this.adapter } = options ?? {};
    if (adapter !== this.adapter) throw otherAdapterError(this.adapter, adapter);
    return this.base.embed(inputs, { ...options, adapter: this.adapter });
  }

  completeChat(messages: readonly ChatMessage[], options?: ChatCompletionOptions): GenerationStream {
    return this.#failure(options) ?? this.base.completeChat(messages, { ...options, adapter: this.adapter });
  }

  completeTokens(prompt: readonly number[], options?: CompletionOptions): GenerationStream {
    return this.#failure(options) ?? this.base.completeTokens(prompt, { ...options, adapter: this.adapter });
  }

  completeChoices(
    prompt: readonly number[],
    n: number,
    options?: CompletionOptions,
  ): readonly GenerationStream[] {
    const failure = this.#failure(options);
    if (failure !== undefined) return [failure];
    return this.base.completeChoices(prompt, n, { ...options, adapter: this.adapter });
  }

  encodeChat(
    messages: readonly ChatMessage[],
    previous?: ChatEncoding,
    options?: TemplateOptions & EncodingLimits,
  ): Promise<ChatEncoding> {
    return this.base.encodeChat(messages, previous, options);
  }

  decodeRaw(tokens: readonly number[]): string {
    return this.base.decodeRaw(tokens);
  }

  #failure({ adapter = this.adapter }: CompletionOptions = {}): GenerationStream | undefined {
    return adapter === this.adapter ? undefined : failedStream(otherAdapterError(this.adapter, adapter));
  }
}

/** Returns the completer without its adapter. */
export const withoutAdapter = (completer: unknown): unknown =>
  completer instanceof AdaptedCompleter ? completer.base : completer;

const MAX_NAMES = 24; // in an error message
const MAX_COMPARED = 256; // with an unknown name

/**
 * The error for an adapter that is not loaded.
 * @param names of the loaded adapters
 * @param request the option that named the adapter, and the name of the model if there may be several
 */
export function adapterNotFoundError(
  adapter: string,
  names: readonly string[],
  request: { readonly option: string; readonly model?: string },
): QuireError {
  const { option, model } = request;
  const nearest = nearestName(adapter, names.slice(0, MAX_COMPARED));
  const known = `use one of ${names.slice(0, MAX_NAMES).join(', ')}`;
  const hint = nearest === undefined ? known : `did you mean ${JSON.stringify(nearest)}? ${known}`;
  const where = model === undefined ? 'there is no adapter' : `the model ${model} has no adapter`;
  return new QuireError(
    'adapter_not_found',
    `${where} ${JSON.stringify(adapter.slice(0, 200))}`,
    names.length === 0 ? 'load it first, or use the model without it' : hint,
    { option },
  );
}

/** The error for a request that names an adapter, but whose model has another one. */
export const otherAdapterError = (own: string, named: string): QuireError =>
  new QuireError(
    'bad_option',
    `the model has the adapter ${JSON.stringify(own)}, and the option adapter names ${JSON.stringify(named.slice(0, 200))}`,
    'omit one of the two',
    { option: 'adapter' },
  );
