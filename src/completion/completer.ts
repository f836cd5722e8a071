// The contract between callers that request completions (conversations, protocols of the server) and the engine. Every
// completer accepts messages; a TokenCompleter also accepts token ids.

import type { ChatEncoding, ChatMessage, TemplateOptions } from './chat-message.ts';
import type { GenerationStream } from './generation.ts';
import type { ModelInfo, ModelMonitor } from './model-info.ts';
import type { RequestOptions } from './request-options.ts';
import type { ChatRenderer, EncodingLimits, TokenText } from './token-text.ts';

export interface CompletionOptions extends RequestOptions {
  /** cancels the request; its finish reason is then `cancelled` */
  readonly signal?: AbortSignal | undefined;
}

export interface ChatCompletionOptions extends CompletionOptions, TemplateOptions {}

/** Completes chats. Its methods never throw: errors are reported through the stream. */
export interface Completer {
  readonly info: ModelInfo;
  /** most tokens of prompt and answer together */
  readonly contextLength: number;
  /** name and hash of the model, which determine the meaning of token ids; absent when unknown */
  readonly identity?: string;
  /** metrics; absent when not supported */
  readonly monitor?: ModelMonitor;
  completeChat(messages: readonly ChatMessage[], options?: ChatCompletionOptions): GenerationStream;
  /** Completes a prompt of token ids; absent when only messages are supported. */
  completeTokens?(prompt: readonly number[], options?: CompletionOptions): GenerationStream;
}

/** A completer that accepts and returns token ids, so that a conversation can store its messages token-exact. */
export interface TokenCompleter extends Completer {
  readonly tokenizer: TokenText;
  /** absent when the model has none */
  readonly template: ChatRenderer | undefined;
  completeTokens(prompt: readonly number[], options?: CompletionOptions): GenerationStream;
  /**
   * Starts `n` samples of one prompt, which is computed once. All use the same seed, each with its own random numbers; with
   * temperature 0 they are identical.
   */
  completeChoices(
    prompt: readonly number[],
    n: number,
    options?: CompletionOptions,
  ): readonly GenerationStream[];
  /**
   * Renders messages with the model's template and tokenizes them; special strings in contents stay plain text.
   * When the rendering starts with the text of `previous`, only the rest is tokenized and appended to its ids.
   * Rejects with `no_chat_template`.
   */
  encodeChat(
    messages: readonly ChatMessage[],
    previous?: ChatEncoding,
    options?: TemplateOptions & EncodingLimits,
  ): Promise<ChatEncoding>;
  /** Decodes `tokens` as they appear in a rendering, special tokens included. */
  decodeRaw(tokens: readonly number[]): string;
}

export const takesTokens = (completer: Completer): completer is TokenCompleter =>
  typeof completer.completeTokens === 'function';
