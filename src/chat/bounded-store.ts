// A store that may be anybody's, made safe to wait for: a call that throws instead of rejecting rejects, with an error of
// the catalogue, and one that does not answer is given up. What it was to write may still be written then; the caller was
// told that it is not sure.

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
  readonly #limitMs: number;

  constructor(store: ConversationStore, limitMs: number) {
    this.#store = store;
    this.#limitMs = limitMs;
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
    const silence = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(silent(this.#limitMs)), this.#limitMs);
    });
    try {
      return await Promise.race([work(), silence]);
    } catch (error) {
      throw storageError(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

const silent = (limitMs: number): QuireError =>
  new QuireError(
    'storage_busy',
    `the store of the conversations has not answered for ${limitMs / 1000} s`,
    'try again in a moment',
  );
