// The contract between conversations and a database. A write that resolves is on disk. All data belongs to an owner, and
// queries return only the owner's data.

import type { TemplateOptions } from '../completion/chat-message.ts';
import type { SamplingOptions } from '../completion/sampling-options.ts';
import type { ContextPolicy } from './context-policy.ts';
import type { MessageNode } from './message-node.ts';

export interface ConversationRecord {
  readonly id: string;
  /** id of the API key that may access it; empty when there are no keys */
  readonly owner: string;
  readonly title: string;
  readonly system: string | undefined;
  readonly templateOptions: TemplateOptions;
  /** name of the model that answers; absent for the default one */
  readonly model?: string | undefined;
  readonly policy: ContextPolicy;
  /** default sampling options of its turns */
  readonly sampling: SamplingOptions;
  /** the message that the next one follows; absent before the first */
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
  /** most results, 50 by default */
  readonly limit?: number | undefined;
  /** returns conversations after this position, the last of the previous page; for a time, those changed before it */
  readonly before?: ConversationPosition | number | undefined;
}

/** Position in a list, which is sorted by time of change, newest first, then by id. */
export type ConversationPosition = Pick<ConversationRecord, 'updatedAt' | 'id'>;

/** Storage used by an owner. */
export interface StorageUse {
  readonly conversations: number;
  /** bytes of all texts, plus four for each token */
  readonly bytes: number;
}

export type AnswerProgress = Pick<MessageNode, 'id' | 'content' | 'tokens' | 'rendered'>;

export interface ConversationStore {
  create(record: ConversationRecord, messages?: readonly MessageNode[]): Promise<void>;
  /** Stores all of them or none. */
  createAll(conversations: readonly StoredConversation[]): Promise<void>;
  load(owner: string, id: string): Promise<StoredConversation | undefined>;
  /** Returns the most recently changed first. */
  list(owner: string, query?: ConversationQuery): Promise<readonly ConversationRecord[]>;
  use(owner: string): Promise<StorageUse>;
  /** Returns false when there is no such conversation. */
  update(owner: string, id: string, changes: ConversationChanges): Promise<boolean>;
  remove(owner: string, id: string): Promise<boolean>;
  /**
   * Stores the new messages of a turn. The last one is the answer, `running` and empty; it becomes the head.
   * @returns the new `updatedAt`
   */
  beginTurn(id: string, messages: readonly MessageNode[], title?: string): Promise<number>;
  /** Stores the current state of running answers, of any conversations. */
  progress(answers: readonly AnswerProgress[]): Promise<void>;
  endTurn(id: string, answer: MessageNode): Promise<number>;
  /** Removes the messages of a turn without an answer and restores `head`, and the title if the turn had set it. */
  dropTurn(
    id: string,
    messages: readonly MessageNode[],
    head: string | undefined,
    title?: string,
  ): Promise<number>;
  /** Returns a setting of an owner; undefined when it was never set. */
  setting(owner: string, name: string): Promise<unknown>;
  set(owner: string, name: string, value: unknown): Promise<void>;
  /** Moves all data of `from` to `to`. Settings that both have keep the value of `to`. */
  changeOwner(from: string, to: string): Promise<void>;
  /** Records the id of a key that was used. */
  knowKey(id: string): Promise<void>;
  close(): Promise<void>;
}
