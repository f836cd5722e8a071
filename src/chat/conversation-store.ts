// Where conversations are kept: the contract between them and a database. A promise that resolves means that it is on
// disk. Everything belongs to an owner, and nobody else's is ever found.

import type { TemplateOptions } from '../completion/chat-message.ts';
import type { SamplingOptions } from '../completion/sampling-options.ts';
import type { ContextPolicy } from './context-policy.ts';
import type { MessageNode } from './message-node.ts';

export interface ConversationRecord {
  readonly id: string;
  /** who may see it: a key's id, empty where there are no keys */
  readonly owner: string;
  readonly title: string;
  readonly system: string | undefined;
  readonly templateOptions: TemplateOptions;
  /** name of the model that answers; absent for the default one */
  readonly model?: string | undefined;
  readonly policy: ContextPolicy;
  /** how its answers are sampled where a turn does not say */
  readonly sampling: SamplingOptions;
  /** the message that the next one follows; absent before the first */
  readonly head: string | undefined;
  /** milliseconds since 1970 */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What may change of a conversation besides its messages. */
export type ConversationChanges = Partial<
  Pick<ConversationRecord, 'title' | 'policy' | 'sampling' | 'head' | 'model'>
>;

export interface StoredConversation {
  readonly record: ConversationRecord;
  /** parents before their children */
  readonly messages: readonly MessageNode[];
}

export interface ConversationQuery {
  /** text in the title or in a message, whatever its case */
  readonly search?: string | undefined;
  /** most that are given, 50 by default */
  readonly limit?: number | undefined;
  /** those that come after this one, the last of the page before; a time alone: those that were changed earlier */
  readonly before?: ConversationPosition | number | undefined;
}

/** Where a conversation stands in a list: the last changed first, and of those changed at once by their ids. */
export type ConversationPosition = Pick<ConversationRecord, 'updatedAt' | 'id'>;

/** What an owner has stored. */
export interface StorageUse {
  readonly conversations: number;
  /** of all texts, and four for each token */
  readonly bytes: number;
}

export type AnswerProgress = Pick<MessageNode, 'id' | 'content' | 'tokens' | 'rendered'>;

export interface ConversationStore {
  create(record: ConversationRecord, messages?: readonly MessageNode[]): Promise<void>;
  /** All of them or none. */
  createAll(conversations: readonly StoredConversation[]): Promise<void>;
  load(owner: string, id: string): Promise<StoredConversation | undefined>;
  /** The last changed first. */
  list(owner: string, query?: ConversationQuery): Promise<readonly ConversationRecord[]>;
  use(owner: string): Promise<StorageUse>;
  /** False where there is no such conversation. */
  update(owner: string, id: string, changes: ConversationChanges): Promise<boolean>;
  remove(owner: string, id: string): Promise<boolean>;
  /**
   * A turn begins: its new messages, the last of which is the answer, `running` and empty; it becomes the head.
   * @returns when the conversation was changed, as `updatedAt` is now
   */
  beginTurn(id: string, messages: readonly MessageNode[], title?: string): Promise<number>;
  /** How far answers have come, those of several conversations at once. */
  progress(answers: readonly AnswerProgress[]): Promise<void>;
  endTurn(id: string, answer: MessageNode): Promise<number>;
  /** A turn that came to nothing: its messages go, and `head` is what it was; so is the title where it gave one. */
  dropTurn(
    id: string,
    messages: readonly MessageNode[],
    head: string | undefined,
    title?: string,
  ): Promise<number>;
  /** A setting of an owner, as JSON; undefined where it was never set. */
  setting(owner: string, name: string): Promise<unknown>;
  set(owner: string, name: string, value: unknown): Promise<void>;
  /** All that `from` has is `to`'s from now on; a setting that both have stays as `to` has it. */
  changeOwner(from: string, to: string): Promise<void>;
  /** A key was used: it is remembered by its id alone. */
  knowKey(id: string): Promise<void>;
  close(): Promise<void>;
}
