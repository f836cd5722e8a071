// The public interface of a conversation: its messages, options, methods and results.

import type { QuireError } from '../base/errors.ts';
import type { ChatMessage, TemplateOptions } from '../completion/chat-message.ts';
import type { CompletionOptions } from '../completion/completer.ts';
import type { GenerationResult, GenerationStream } from '../completion/generation.ts';
import type { ContextPolicyOption, ContextReport } from './context-policy.ts';
import type { ReadonlyMessageTree } from './message-tree.ts';

export interface ConversationMessage extends ChatMessage {
  /** id of the message, for `edit` and `regenerate`; absent for the system message */
  readonly id?: string;
  /** token ids that the message added to the history, including the tokens of the template before the message */
  readonly tokens: readonly number[];
}

/** Options of a conversation. The template options cannot change during the conversation. */
export interface ConversationOptions extends TemplateOptions {
  /** text of the system message; without one by default */
  readonly system?: string;
  /** what happens when the context is full: `error` (the default) or `truncate` */
  readonly contextPolicy?: ContextPolicyOption;
}

/** Options of a turn. */
export type SendOptions = CompletionOptions;

export interface ChatResult extends GenerationResult {
  /** ids of the user's message and of the answer; absent if no token was generated */
  readonly messages?: { readonly user: string; readonly assistant: string };
  /** what the context policy did in this turn */
  readonly context: ContextReport;
  /** the error because of which the answer is not on disk yet; absent if it is on disk, and for conversations in memory */
  readonly unsaved?: QuireError;
}

export interface ChatStream extends GenerationStream {
  readonly result: Promise<ChatResult>;
}

export interface Conversation {
  /** the messages of the current branch, after the system message */
  readonly messages: readonly ConversationMessage[];
  /** the messages of all branches */
  readonly tree: ReadonlyMessageTree;
  /** id of the message that the next message follows; undefined before the first message */
  readonly head: string | undefined;
  readonly contextLength: number;
  /** number of tokens in the history */
  readonly tokenCount: number;
  /** whether an answer is being generated */
  readonly busy: boolean;
  /**
   * Appends a message of the user and streams the answer. All errors are reported through the stream; it rejects with
   * `conversation_busy` if another turn is running. A cancelled answer is stored up to its last token. A turn that fails, or
   * that is cancelled before its first token, does not change the history.
   */
  send(text: string, options?: SendOptions): ChatStream;
  /** Generates another answer to the same message, as a sibling of `answer`; by default, of the last answer. */
  regenerate(answer?: string, options?: SendOptions): ChatStream;
  /** Adds another version of a user's message as its sibling, and generates the answer. */
  edit(message: string, text: string, options?: SendOptions): ChatStream;
  /**
   * Makes the newest branch that contains `message` the current branch. A stored conversation stores the selection. Throws
   * `not_found` or `conversation_busy`.
   */
  select(message: string): void;
  /**
   * Returns an independent conversation with the same history. The common prefix is computed and cached only once. The fork
   * does not contain an answer that is still being generated. A fork of a stored conversation is also stored.
   */
  fork(): Conversation;
}
