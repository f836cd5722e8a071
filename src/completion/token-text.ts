// What protocols ask of a tokenizer and of a chat template: a part of what `text` offers, named here so that they need not
// know it. Everything that may be long runs in turns with the event loop.

import type { ChatEncoding, ChatMessage, TemplateOptions } from './chat-message.ts';

export interface EncodingLimits {
  /** a text that has that many tokens or more is refused (`context_length_exceeded`) as soon as that is known */
  readonly holds?: number | undefined;
  /** leaves the rest of the work undone */
  readonly signal?: AbortSignal | undefined;
}

export interface TokenText {
  /** one more than the largest id */
  readonly vocabSize: number;
  /** Ids of `text`, special strings as plain text, without BOS. */
  encodeAsync(text: string, options?: EncodingLimits): Promise<number[]>;
  /** Ids of a raw prompt: as `encodeAsync`, with BOS where the model wants it. */
  encodePromptAsync(text: string, options?: EncodingLimits): Promise<number[]>;
  /** The vocabulary's own spelling; empty for an id that has no token. */
  piece(id: number): string;
  isSpecial(id: number): boolean;
  /** What an id decodes to; nothing for special tokens and for ids without a token. */
  bytes(id: number): Uint8Array;
  /** Text of `ids` as it is in a rendering: special tokens spelled out, a leading space kept. */
  decodeRaw(ids: readonly number[]): string;
  /** The same in turns with the event loop, for lists that may be long. */
  decodeRawAsync(ids: readonly number[]): Promise<string>;
}

export interface ChatRenderOptions extends TemplateOptions {
  /** true, the default, ends with the beginning of an answer */
  readonly addGenerationPrompt?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface ChatRenderer {
  /** Rejects with `bad_chat_template`, `template_too_costly` or `bad_option`. */
  renderAsync(messages: readonly ChatMessage[], options?: ChatRenderOptions): Promise<string>;
  encodeAsync(messages: readonly ChatMessage[], options?: ChatRenderOptions): Promise<ChatEncoding>;
}
