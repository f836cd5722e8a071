// Keeps the list in the side bar: asks for its pages, for what a search finds, and changes single conversations.

import type { ApiClient } from '../api/api-client.ts';
import type { Topic } from '../api/stored-conversation.ts';
import {
  initialTopics,
  type TopicsAction,
  type TopicsState,
  topicsReducer,
} from '../state/conversation-list-state.ts';
import { Store } from '../state/store.ts';

type ListSource = Pick<ApiClient, 'list'>;

export class TopicList {
  readonly store = new Store<TopicsState, TopicsAction>(initialTopics, topicsReducer);
  readonly #source: ListSource;
  readonly #onFailure: (error: unknown) => void;
  #requests = 0;
  /** the last request; never rejects */
  #asking: Promise<boolean> = Promise.resolve(true);

  constructor(source: ListSource, onFailure: (error: unknown) => void) {
    this.#source = source;
    this.#onFailure = onFailure;
  }

  /** Begins the list anew. Resolves to false when it could not be had. */
  refresh(search = this.store.get().search): Promise<boolean> {
    this.#asking = this.#ask(search, false);
    return this.#asking;
  }

  async more(): Promise<void> {
    if (this.store.get().loading) return;
    this.#asking = this.#ask(this.store.get().search, true);
    await this.#asking;
  }

  /** Brings the first page up to date, and leaves the others as they are. Failures show when somebody asks. */
  async update(): Promise<void> {
    // An answer that is on its way may have been written before the change.
    while (this.store.get().loading) await this.#asking;
    const { search } = this.store.get();
    const page = await this.#source.list(search, undefined).catch(() => undefined);
    if (page && this.store.get().search === search) {
      this.store.dispatch({ type: 'updated', ...page });
    }
  }

  changed(topic: Partial<Topic> & Pick<Topic, 'id'>): void {
    this.store.dispatch({ type: 'changed', topic });
  }

  /** As `changed`, for one that need not be among those that are listed. */
  read({ id, title, updatedAt }: Topic): void {
    if (this.store.get().items.some((one) => one.id === id)) this.changed({ id, title, updatedAt });
  }

  deleted(id: string): void {
    this.store.dispatch({ type: 'deleted', id });
  }

  async #ask(search: string, further: boolean): Promise<boolean> {
    this.#requests += 1;
    const request = this.#requests;
    const before = further ? this.store.get().next : undefined;
    this.store.dispatch({ type: 'asked', request, search });
    try {
      const page = await this.#source.list(search, before);
      this.store.dispatch({ type: 'came', request, ...page, further });
      return true;
    } catch (error) {
      this.store.dispatch({ type: 'failed', request });
      this.#onFailure(error);
      return false;
    }
  }
}
