// The interface of an engine for callers that request completions: conversations and the protocols of the server. Every completer
// accepts messages; a TokenCompleter also accepts token ids.

import type { ChatEncoding, ChatMessage, TemplateOptions } from './chat-message.ts';
import type { GenerationStream } from './generation.ts';
import type { ModelInfo, ModelMonitor } from './model-info.ts';
import type { RequestOptions } from './request-options.ts';
import type { ChatRenderer, EncodingLimits, TokenText } from './token-text.ts';

export interface CompletionOptions extends RequestOptions {
  /** cancels the request, which then has the finish reason `cancelled` */
  readonly signal?: AbortSignal | undefined;
}

export interface ChatCompletionOptions extends CompletionOptions, TemplateOptions {}

/** Completes chats. The methods never throw: errors are reported through the stream. */
export interface Completer {
  readonly info: ModelInfo;
  /** maximum number of tokens of prompt and answer together */
  readonly contextLength: number;
  /** name and hash of the model, which identify the meaning of token ids; absent if unknown */
  readonly identity?: string;
  /** metrics; absent if not supported */
  readonly monitor?: ModelMonitor;
  completeChat(messages: readonly ChatMessage[], options?: ChatCompletionOptions): GenerationStream;
  /** Completes a prompt of token ids. Absent if only messages are supported. */
  completeTokens?(prompt: readonly number[], options?: CompletionOptions): GenerationStream;
}

/** A completer that accepts and returns token ids, so that a conversation can store the exact ids of its messages. */
export interface TokenCompleter extends Completer {
  readonly tokenizer: TokenText;
  /** chat template of the model; undefined if the model has none */
  readonly template: ChatRenderer | undefined;
  completeTokens(prompt: readonly number[], options?: CompletionOptions): GenerationStream;
  /**
   * Starts `n` samples of one prompt, which is computed only once. All samples use the same seed, but different random numbers
   * derived from it. With temperature 0 all samples are identical.
   */
  completeChoices(
    prompt: readonly number[],
    n: number,
    options?: CompletionOptions,
  ): readonly GenerationStream[];
  /**
   * Renders messages with the chat template of the model and tokenizes the text. Special strings in contents stay plain text.
   * If the text starts with the text of `previous`, only the rest is tokenized and appended to the ids of `previous`.
   * Rejects with `no_chat_template`.
   */
  encodeChat(
    messages: readonly ChatMessage[],
    previous?: ChatEncoding,
    options?: TemplateOptions & EncodingLimits,
  ): Promise<ChatEncoding>;
  /** Decodes `tokens` to the text that a template renders, including special tokens. */
  decodeRaw(tokens: readonly number[]): string;
}

/** Returns whether a completer accepts token ids. */
export const takesTokens = (completer: Completer): completer is TokenCompleter =>
  typeof completer.completeTokens === 'function';
