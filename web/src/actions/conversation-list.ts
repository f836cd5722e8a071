// The list of conversations in the sidebar: loads its pages and search results, and applies changes to single entries.

import type { ApiClient } from '../api/api-client.ts';
import type { ConversationSummary } from '../api/stored-conversation.ts';
import {
  type ConversationListAction,
  type ConversationListState,
  conversationListReducer,
  initialConversationList,
} from '../state/conversation-list-state.ts';
import { Store } from '../state/store.ts';

type ListSource = Pick<ApiClient, 'list'>;

export class ConversationList {
  readonly store = new Store<ConversationListState, ConversationListAction>(
    initialConversationList,
    conversationListReducer,
  );
  readonly #source: ListSource;
  readonly #onFailure: (error: unknown) => void;
  #requestCount = 0;
  /** the result of the last request; never rejects */
  #loading: Promise<boolean> = Promise.resolve(true);

  constructor(source: ListSource, onFailure: (error: unknown) => void) {
    this.#source = source;
    this.#onFailure = onFailure;
  }

  /** Reloads the list from its first page. Resolves to false if the request fails. */
  refresh(search = this.store.get().search): Promise<boolean> {
    this.#loading = this.#load(search, false);
    return this.#loading;
  }

  async loadMore(): Promise<void> {
    if (this.store.get().loading) return;
    this.#loading = this.#load(this.store.get().search, true);
    await this.#loading;
  }

  /** Reloads the first page and keeps the other pages. Ignores errors: the next user action reports them. */
  async updateFirstPage(): Promise<void> {
    // The response to a request that is in flight may predate the change.
    while (this.store.get().loading) await this.#loading;
    const { search } = this.store.get();
    const page = await this.#source.list(search, undefined).catch(() => undefined);
    if (page && this.store.get().search === search) {
      this.store.dispatch({ type: 'updated', ...page });
    }
  }

  applyChange(conversation: Partial<ConversationSummary> & Pick<ConversationSummary, 'id'>): void {
    this.store.dispatch({ type: 'changed', conversation });
  }

  /** Same as `applyChange`, but ignores a conversation that is not in the list. */
  applyLoaded({ id, title, updatedAt }: ConversationSummary): void {
    if (this.store.get().items.some((item) => item.id === id)) this.applyChange({ id, title, updatedAt });
  }

  removeItem(id: string): void {
    this.store.dispatch({ type: 'deleted', id });
  }

  async #load(search: string, append: boolean): Promise<boolean> {
    this.#requestCount += 1;
    const request = this.#requestCount;
    const before = append ? this.store.get().next : undefined;
    this.store.dispatch({ type: 'requested', request, search });
    try {
      const page = await this.#source.list(search, before);
      this.store.dispatch({ type: 'loaded', request, ...page, append });
      return true;
    } catch (error) {
      this.store.dispatch({ type: 'failed', request });
      this.#onFailure(error);
      return false;
    }
  }
}
