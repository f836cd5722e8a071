// The interface between conversations and a database. When a write has resolved, its data is on disk. All data belongs to an
// owner, and queries return only the data of that owner.

import type { TemplateOptions } from '../completion/chat-message.ts';
import type { AnswerOptions } from '../completion/request-options.ts';
import type { ContextPolicy } from './context-policy.ts';
import type { MessageNode } from './message-node.ts';

export interface ConversationRecord {
  readonly id: string;
  /** id of the API key that may access the conversation; empty if the server has no keys */
  readonly owner: string;
  readonly title: string;
  readonly system: string | undefined;
  readonly templateOptions: TemplateOptions;
  /** name of the model that generates the answers; the default model if absent */
  readonly model?: string | undefined;
  readonly policy: ContextPolicy;
  /** default sampling options of the turns, and their adapter */
  readonly sampling: AnswerOptions;
  /** id of the message that the next message follows; undefined before the first message */
  readonly head: string | undefined;
  /** milliseconds since 1970 */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Fields that may change besides the messages. */
export type ConversationChanges = Partial<
  Pick<ConversationRecord, 'title' | 'policy' | 'sampling' | 'head' | 'model'>
>;

export interface StoredConversation {
  readonly record: ConversationRecord;
  /** parents before their children */
  readonly messages: readonly MessageNode[];
}

export interface ConversationQuery {
  /** text to find in title or messages, case-insensitive */
  readonly search?: string | undefined;
  /** maximum number of results, 50 by default */
  readonly limit?: number | undefined;
  /** return only conversations after this position (the last of the previous page), or changed before this time */
  readonly before?: ConversationPosition | number | undefined;
}

/** Position in a list, which is sorted by time of change, newest first, then by id. */
export type ConversationPosition = Pick<ConversationRecord, 'updatedAt' | 'id'>;

/** The storage that an owner uses. */
export interface StorageUse {
  readonly conversations: number;
  /** bytes of all texts, plus four bytes for each token */
  readonly bytes: number;
}

export type AnswerProgress = Pick<MessageNode, 'id' | 'content' | 'tokens' | 'rendered'>;

export interface ConversationStore {
  create(record: ConversationRecord, messages?: readonly MessageNode[]): Promise<void>;
  /** Stores all conversations or none. */
  createAll(conversations: readonly StoredConversation[]): Promise<void>;
  load(owner: string, id: string): Promise<StoredConversation | undefined>;
  /** Returns the conversations of the owner that match, the most recently changed first. */
  list(owner: string, query?: ConversationQuery): Promise<readonly ConversationRecord[]>;
  /** Returns the storage that the owner uses. */
  use(owner: string): Promise<StorageUse>;
  /** Changes fields of a conversation. Returns false if the owner has no such conversation. */
  update(owner: string, id: string, changes: ConversationChanges): Promise<boolean>;
  /** Removes a conversation. Returns false if the owner has no such conversation. */
  remove(owner: string, id: string): Promise<boolean>;
  /**
   * Stores the new messages of a turn. The last message is the answer, which is `running` and empty; it becomes the head.
   * @returns the new `updatedAt`
   */
  beginTurn(id: string, messages: readonly MessageNode[], title?: string): Promise<number>;
  /** Stores the current text and tokens of running answers, which may belong to different conversations. */
  progress(answers: readonly AnswerProgress[]): Promise<void>;
  /** Stores the complete answer of a turn, which becomes the head. @returns the new `updatedAt` */
  endTurn(id: string, answer: MessageNode): Promise<number>;
  /**
   * Removes the messages of a turn that produced no answer, and restores `head` and, if given, `title`.
   * @returns the new `updatedAt`
   */
  dropTurn(
    id: string,
    messages: readonly MessageNode[],
    head: string | undefined,
    title?: string,
  ): Promise<number>;
  /** Returns a setting of an owner, or undefined if it was never set. */
  setting(owner: string, name: string): Promise<unknown>;
  /** Stores a setting of an owner. */
  set(owner: string, name: string, value: unknown): Promise<void>;
  /** Moves all data of the owner `from` to the owner `to`. If both have a setting, the value of `to` remains. */
  changeOwner(from: string, to: string): Promise<void>;
  /** Records the id of a key that was used. */
  knowKey(id: string): Promise<void>;
  close(): Promise<void>;
}
