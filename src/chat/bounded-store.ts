// Wraps a store of any implementation. If a call throws or rejects, the wrapper rejects with a QuireError. If a call does not
// settle in time, the wrapper rejects with `storage_busy`; the outcome is then unknown, because the write may still complete.

import { QuireError } from '../base/errors.ts';
import type {
  AnswerProgress,
  ConversationChanges,
  ConversationQuery,
  ConversationRecord,
  ConversationStore,
  StorageUse,
  StoredConversation,
} from './conversation-store.ts';
import type { MessageNode } from './message-node.ts';
import { storageError } from './storage/storage-error.ts';

export class BoundedStore implements ConversationStore {
  readonly #store: ConversationStore;
  readonly #timeoutMs: number;

  constructor(store: ConversationStore, timeoutMs: number) {
    this.#store = store;
    this.#timeoutMs = timeoutMs;
  }

  create(record: ConversationRecord, messages?: readonly MessageNode[]): Promise<void> {
    return this.#call(() => this.#store.create(record, messages));
  }

  createAll(conversations: readonly StoredConversation[]): Promise<void> {
    return this.#call(() => this.#store.createAll(conversations));
  }

  load(owner: string, id: string): Promise<StoredConversation | undefined> {
    return this.#call(() => this.#store.load(owner, id));
  }

  list(owner: string, query?: ConversationQuery): Promise<readonly ConversationRecord[]> {
    return this.#call(() => this.#store.list(owner, query));
  }

  use(owner: string): Promise<StorageUse> {
    return this.#call(() => this.#store.use(owner));
  }

  update(owner: string, id: string, changes: ConversationChanges): Promise<boolean> {
    return this.#call(() => this.#store.update(owner, id, changes));
  }

  remove(owner: string, id: string): Promise<boolean> {
    return this.#call(() => this.#store.remove(owner, id));
  }

  beginTurn(id: string, messages: readonly MessageNode[], title?: string): Promise<number> {
    return this.#call(() => this.#store.beginTurn(id, messages, title));
  }

  progress(answers: readonly AnswerProgress[]): Promise<void> {
    return this.#call(() => this.#store.progress(answers));
  }

  endTurn(id: string, answer: MessageNode): Promise<number> {
    return this.#call(() => this.#store.endTurn(id, answer));
  }

  dropTurn(
    id: string,
    messages: readonly MessageNode[],
    head: string | undefined,
    title?: string,
  ): Promise<number> {
    return this.#call(() => this.#store.dropTurn(id, messages, head, title));
  }

  setting(owner: string, name: string): Promise<unknown> {
    return this.#call(() => this.#store.setting(owner, name));
  }

  set(owner: string, name: string, value: unknown): Promise<void> {
    return this.#call(() => this.#store.set(owner, name, value));
  }

  changeOwner(from: string, to: string): Promise<void> {
    return this.#call(() => this.#store.changeOwner(from, to));
  }

  knowKey(id: string): Promise<void> {
    return this.#call(() => this.#store.knowKey(id));
  }

  close(): Promise<void> {
    return this.#call(() => this.#store.close());
  }

  async #call<Result>(work: () => Promise<Result>): Promise<Result> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(timeoutError(this.#timeoutMs)), this.#timeoutMs);
    });
    try {
      return await Promise.race([work(), timeout]);
    } catch (error) {
      throw storageError(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

const timeoutError = (timeoutMs: number): QuireError =>
  new QuireError(
    'storage_busy',
    `the conversation store did not respond within ${timeoutMs / 1000} s`,
    'try again in a moment',
  );
