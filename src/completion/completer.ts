// The contract between whatever asks for answers (conversations, a server's protocols) and whatever gives them: the engine,
// or a server of another one. Messages go to every completer; token ids only to one that takes them.

import type { ChatEncoding, ChatMessage, TemplateOptions } from './chat-message.ts';
import type { GenerationStream } from './generation.ts';
import type { ModelInfo, ModelMonitor } from './model-info.ts';
import type { RequestOptions } from './request-options.ts';
import type { ChatRenderer, EncodingLimits, TokenText } from './token-text.ts';

export interface CompletionOptions extends RequestOptions {
  /** ends the answer, which is then `cancelled` */
  readonly signal?: AbortSignal | undefined;
}

export interface ChatCompletionOptions extends CompletionOptions, TemplateOptions {}

/** Never throws: what is wrong comes through the stream. */
export interface Completer {
  readonly info: ModelInfo;
  /** most tokens of prompt and answer together */
  readonly contextLength: number;
  /** name and hash of the model: under another one, token ids mean something else; absent where it has none */
  readonly identity?: string;
  /** counts what it does; absent where it cannot */
  readonly monitor?: ModelMonitor;
  completeChat(messages: readonly ChatMessage[], options?: ChatCompletionOptions): GenerationStream;
  /** Completes a prompt of token ids; absent where it takes messages alone. */
  completeTokens?(prompt: readonly number[], options?: CompletionOptions): GenerationStream;
}

/** A completer that takes and gives token ids, so that a conversation can keep its messages token-exact. */
export interface TokenCompleter extends Completer {
  readonly tokenizer: TokenText;
  /** absent where the model has none and completes texts alone */
  readonly template: ChatRenderer | undefined;
  completeTokens(prompt: readonly number[], options?: CompletionOptions): GenerationStream;
  /**
   * `n` answers to one prompt, which is computed once; each is drawn by the same seed at a place of its own. With
   * temperature 0 all are the same.
   */
  completeChoices(
    prompt: readonly number[],
    n: number,
    options?: CompletionOptions,
  ): readonly GenerationStream[];
  /**
   * Messages through the model's template, as token ids; special strings in contents stay plain text.
   * When `previous` is given and the rendering starts with its text, only the rest is tokenized and
   * appended to its ids. Raises `no_chat_template`.
   */
  encodeChat(
    messages: readonly ChatMessage[],
    previous?: ChatEncoding,
    options?: TemplateOptions & EncodingLimits,
  ): Promise<ChatEncoding>;
  /** The text of `tokens` as it is in a rendering: special tokens spelled out. */
  decodeRaw(tokens: readonly number[]): string;
}

export const takesTokens = (completer: Completer): completer is TokenCompleter =>
  typeof completer.completeTokens === 'function';
