// The methods of the tokenizer and the chat template that protocols use. They are declared here so that protocols do not import
// src/text. Long operations run in time slices, so that they do not block the event loop.

import type { ChatEncoding, ChatMessage, TemplateOptions } from './chat-message.ts';

export interface EncodingLimits {
  /** encoding rejects with `context_length_exceeded` as soon as the text has this number of tokens */
  readonly holds?: number | undefined;
  /** stops encoding */
  readonly signal?: AbortSignal | undefined;
}

export interface TokenText {
  /** one more than the largest id */
  readonly vocabSize: number;
  /** Tokenizes `text` without BOS; special strings are plain text. */
  encodeAsync(text: string, options?: EncodingLimits): Promise<number[]>;
  /** Tokenizes a raw prompt as `encodeAsync` does, with BOS if the model uses BOS. */
  encodePromptAsync(text: string, options?: EncodingLimits): Promise<number[]>;
  /** Returns the vocabulary entry of a token; an empty string for an id without a token. */
  piece(id: number): string;
  isSpecial(id: number): boolean;
  /** Returns the bytes of a token; an empty array for special tokens and ids without a token. */
  bytes(id: number): Uint8Array;
  /** Decodes `ids` to the text that a template renders, with special tokens and a leading space. */
  decodeRaw(ids: readonly number[]): string;
  /** Decodes like `decodeRaw`, but in time slices, for long lists. */
  decodeRawAsync(ids: readonly number[]): Promise<string>;
}

export interface ChatRenderOptions extends TemplateOptions {
  /** whether the rendered text ends with the start of an answer; true by default */
  readonly addGenerationPrompt?: boolean;
  /** cancels the rendering */
  readonly signal?: AbortSignal | undefined;
}

export interface ChatRenderer {
  /** Renders messages to text. Rejects with `bad_chat_template`, `template_too_costly` or `bad_option`. */
  renderAsync(messages: readonly ChatMessage[], options?: ChatRenderOptions): Promise<string>;
  /** Renders messages and tokenizes the text. Rejects as `renderAsync` does. */
  encodeAsync(messages: readonly ChatMessage[], options?: ChatRenderOptions): Promise<ChatEncoding>;
}
