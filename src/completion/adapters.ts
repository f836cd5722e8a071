// LoRA adapters of a completer, and a completer whose requests use one of them.

import type { ChatEncoding, ChatMessage, TemplateOptions } from './chat-message.ts';
import type { ChatCompletionOptions, CompletionOptions, TokenCompleter } from './completer.ts';
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

/** Uses an adapter for all requests, for example those of a conversation. */
export class AdaptedCompleter implements TokenCompleter {
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

  completeChat(messages: readonly ChatMessage[], options?: ChatCompletionOptions): GenerationStream {
    return this.base.completeChat(messages, { ...options, adapter: this.adapter });
  }

  completeTokens(prompt: readonly number[], options?: CompletionOptions): GenerationStream {
    return this.base.completeTokens(prompt, { ...options, adapter: this.adapter });
  }

  completeChoices(
    prompt: readonly number[],
    n: number,
    options?: CompletionOptions,
  ): readonly GenerationStream[] {
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
}

/** Returns the completer without its adapter. */
export const withoutAdapter = (completer: unknown): unknown =>
  completer instanceof AdaptedCompleter ? completer.base : completer;
