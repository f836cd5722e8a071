// The methods of tokenizer and chat template that protocols use, declared here so that they need not import src/text. Long
// operations run in time slices and do not block the event loop.

import type { ChatEncoding, ChatMessage, TemplateOptions } from './chat-message.ts';

export interface EncodingLimits {
  /** a text with that many tokens or more is refused (`context_length_exceeded`) as soon as the count is reached */
  readonly holds?: number | undefined;
  /** stops the work */
  readonly signal?: AbortSignal | undefined;
}

export interface TokenText {
  /** one more than the largest id */
  readonly vocabSize: number;
  /** Tokenizes `text` without BOS; special strings are plain text. */
  encodeAsync(text: string, options?: EncodingLimits): Promise<number[]>;
  /** Tokenizes a raw prompt: as `encodeAsync`, with BOS if the model uses it. */
  encodePromptAsync(text: string, options?: EncodingLimits): Promise<number[]>;
  /** The token's entry in the vocabulary; empty for an id without a token. */
  piece(id: number): string;
  isSpecial(id: number): boolean;
  /** The bytes of a token; empty for special tokens and ids without a token. */
  bytes(id: number): Uint8Array;
  /** Decodes `ids` as they appear in a rendering, with special tokens and a leading space. */
  decodeRaw(ids: readonly number[]): string;
  /** As `decodeRaw`, in time slices, for long lists. */
  decodeRawAsync(ids: readonly number[]): Promise<string>;
}

export interface ChatRenderOptions extends TemplateOptions {
  /** whether the rendering ends with the start of an answer; true by default */
  readonly addGenerationPrompt?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface ChatRenderer {
  /** Rejects with `bad_chat_template`, `template_too_costly` or `bad_option`. */
  renderAsync(messages: readonly ChatMessage[], options?: ChatRenderOptions): Promise<string>;
  encodeAsync(messages: readonly ChatMessage[], options?: ChatRenderOptions): Promise<ChatEncoding>;
}
