// The public interface of a conversation: its messages, options, methods and results.

import type { QuireError } from '../base/errors.ts';
import type { ChatMessage, TemplateOptions } from '../completion/chat-message.ts';
import type { CompletionOptions } from '../completion/completer.ts';
import type { GenerationResult, GenerationStream } from '../completion/generation.ts';
import type { ContextPolicyOption, ContextReport } from './context-policy.ts';
import type { ReadonlyMessageTree } from './message-tree.ts';

export interface ConversationMessage extends ChatMessage {
  /** identifies the message in `edit` and `regenerate`; absent for the system message */
  readonly id?: string;
  /** ids that the message added to the history, including the template's tokens before it */
  readonly tokens: readonly number[];
}

/** Options of a conversation. The inputs of its template are fixed for the whole conversation. */
export interface ConversationOptions extends TemplateOptions {
  readonly system?: string;
  /** what happens when the context is full: `error` (the default) or `truncate` */
  readonly contextPolicy?: ContextPolicyOption;
}

/** Options of a turn. */
export type SendOptions = CompletionOptions;

export interface ChatResult extends GenerationResult {
  /** ids of the user's message and of the answer; absent when no token was generated */
  readonly messages?: { readonly user: string; readonly assistant: string };
  /** effect of the context policy */
  readonly context: ContextReport;
  /** why the answer is not on disk yet; absent when it is, and for conversations in memory */
  readonly unsaved?: QuireError;
}

export interface ChatStream extends GenerationStream {
  readonly result: Promise<ChatResult>;
}

export interface Conversation {
  /** the current branch, the system message first */
  readonly messages: readonly ConversationMessage[];
  /** all branches */
  readonly tree: ReadonlyMessageTree;
  /** the message that the next one follows */
  readonly head: string | undefined;
  readonly contextLength: number;
  /** tokens of the history so far */
  readonly tokenCount: number;
  /** an answer is being generated */
  readonly busy: boolean;
  /**
   * Appends a message of the user and streams the answer. Only one turn runs at a time, otherwise the stream rejects with
   * `conversation_busy`; all errors are reported through the stream. A cancelled answer is kept up to its last token. A turn
   * that fails, or is cancelled before its first token, does not change the history.
   */
  send(text: string, options?: SendOptions): ChatStream;
  /** Generates another answer to the same message, as a sibling of `answer`, by default the last one. */
  regenerate(answer?: string, options?: SendOptions): ChatStream;
  /** Adds another version of a user's message as its sibling, and generates the answer. */
  edit(message: string, text: string, options?: SendOptions): ChatStream;
  /**
   * Continues at the end of another message's branch. A stored conversation stores the selection. Throws `not_found` or
   * `conversation_busy`.
   */
  select(message: string): void;
  /**
   * Returns an independent conversation with the same history; the common prefix is computed and cached once. An answer
   * that is being generated is not included. A fork of a stored conversation is stored.
   */
  fork(): Conversation;
}
