// The contract between a conversation and whatever completes it: the engine here, any OpenAI-style server
// later. A completer is given token ids, so that a conversation can keep its messages token-exact.

import type { ChatEncoding, ChatMessage, TemplateOptions } from './chat-message.ts';
import type { GenerationStream } from './generation.ts';
import type { RequestOptions } from './request-options.ts';

export interface Completer {
  /** most tokens of prompt and answer together */
  readonly contextLength: number;
  /** name and print of the model: under another one, token ids mean something else; absent where it has none */
  readonly identity?: string;
  /**
   * Messages through the model's template, as token ids; special strings in contents stay plain text.
   * When `previous` is given and the rendering starts with its text, only the rest is tokenized and
   * appended to its ids.
   */
  encodeChat(
    messages: readonly ChatMessage[],
    previous?: ChatEncoding,
    options?: TemplateOptions,
  ): Promise<ChatEncoding>;
  /** The text of `tokens` as it stands in a rendering: special tokens spelled out. */
  decodeRaw(tokens: readonly number[]): string;
  /** Completes a prompt of token ids. Never throws itself: errors come through the stream. */
  complete(prompt: readonly number[], options: RequestOptions, signal?: AbortSignal): GenerationStream;
}
