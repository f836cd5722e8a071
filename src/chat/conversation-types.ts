// What a conversation is to a program that has one: its messages, what can be said in it, and what comes back.

import type { QuireError } from '../base/errors.ts';
import type { ChatMessage, TemplateOptions } from '../completion/chat-message.ts';
import type { CompletionOptions } from '../completion/completer.ts';
import type { GenerationResult, GenerationStream } from '../completion/generation.ts';
import type { ContextPolicyOption, ContextReport } from './context-policy.ts';
import type { ReadonlyMessageTree } from './message-tree.ts';

export interface ConversationMessage extends ChatMessage {
  /** by which it is edited or regenerated; absent for the system message */
  readonly id?: string;
  /** ids that the message added to the history, the template's markers before it included */
  readonly tokens: readonly number[];
}

/** What its template sees besides the messages stays the same for a whole conversation. */
export interface ConversationOptions extends TemplateOptions {
  readonly system?: string;
  /** what happens when the context is full: `error` (the default) or `truncate` */
  readonly contextPolicy?: ContextPolicyOption;
}

/** How a turn is sampled and ended. */
export type SendOptions = CompletionOptions;

export interface ChatResult extends GenerationResult {
  /** ids of the turn's message and of its answer; absent when the turn left nothing */
  readonly messages?: { readonly user: string; readonly assistant: string };
  /** what the context policy did */
  readonly context: ContextReport;
  /** why the answer is not on disk yet; absent where it is, and where nothing is stored */
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
   * Appends the user's message and streams the answer. One at a time, else `conversation_busy`; like every
   * error it comes through the stream. A cancelled answer stays as far as it came; a turn that failed, or was
   * cancelled before its first token, leaves the history as it was.
   */
  send(text: string, options?: SendOptions): ChatStream;
  /** Another answer to the message that `answer` (the last one by default) answers, beside it. */
  regenerate(answer?: string, options?: SendOptions): ChatStream;
  /** Another version of a user's message, beside it, and its answer. */
  edit(message: string, text: string, options?: SendOptions): ChatStream;
  /**
   * Goes on from another message's branch, at its end; where the conversation is stored, so is this. Raises `not_found` and
   * `conversation_busy`.
   */
  select(message: string): void;
  /**
   * A conversation with the same history, which goes its own way from here: what both have in common is computed
   * and kept once. While an answer is being generated, the history before it. A fork of a stored conversation is stored.
   */
  fork(): Conversation;
}
