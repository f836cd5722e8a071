// Updates the page after changes by other clients: another tab, another device, or a program. The server reports changes
// over the socket. Older servers do not report them, so the page also checks for changes when the user returns to it.

import type { ChangedEvent, EventOrigin } from '../api/chat-protocol.ts';
import { runInBackground } from '../browser/run-in-background.ts';
import { runningTurn } from '../state/chat-state.ts';
import type { ChatClient } from './chat-client.ts';
import type { ConversationList } from './conversation-list.ts';

/** Changes arrive in bursts: a turn changes a conversation twice, an import changes a thousand conversations. */
const BATCH_MS = 400;
/** The browser fires two events when a window is brought to the front. */
const RETURN_INTERVAL_MS = 1000;

type List = Pick<ConversationList, 'store' | 'updateFirstPage' | 'refresh'>;
type Client = Pick<ChatClient, 'store' | 'load' | 'handleRemoteDeletion' | 'loadedUpdateTime'>;

export class RemoteChanges {
  readonly #client: Client;
  readonly #list: List;
  /** ids of open conversations that have changed since they were loaded */
  readonly #stale = new Set<string>();
  /** true after an event without an id: any conversation of the list may be out of date */
  #listIsStale = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #checkedAt = Number.NEGATIVE_INFINITY;

  constructor(client: Client, list: List) {
    this.#client = client;
    this.#list = list;
  }

  handle({ conversation: id, deleted }: ChangedEvent & EventOrigin): void {
    const { chats } = this.#client.store.get();
    const chat = id === undefined ? undefined : chats[id];
    // The events of the running turn contain this change.
    if (chat && runningTurn(chat)) return;
    if (id !== undefined && deleted) return this.#client.handleRemoteDeletion(id);
    if (id === undefined) this.#listIsStale = true;
    for (const key of id === undefined ? Object.keys(chats) : chat ? [id] : []) this.#stale.add(key);
    // Later changes do not restart the timer, so that a continuous series of changes is still applied.
    this.#timer ??= setTimeout(() => runInBackground(this.#applyChanges()), BATCH_MS);
  }

  /** Reloads a conversation if it has changed since it was loaded. Called when it is shown. */
  reloadIfStale(id: string): void {
    if (this.#stale.delete(id)) runInBackground(this.#client.load(id));
  }

  /** Checks for changes when the user returns to the page. */
  async refreshOnReturn(): Promise<void> {
    const { mode, connection, current } = this.#client.store.get();
    const now = performance.now();
    if (mode !== 'stored' || connection !== 'open' || now - this.#checkedAt < RETURN_INTERVAL_MS) return;
    this.#checkedAt = now;
    await this.#list.updateFirstPage();
    const listed = this.#list.store.get().items.find(({ id }) => id === current);
    const loadedUpdateTime = this.#client.loadedUpdateTime(current);
    if (listed && loadedUpdateTime !== undefined && listed.updatedAt !== loadedUpdateTime)
      this.#stale.add(current);
    this.#reloadCurrent();
  }

  async #applyChanges(): Promise<void> {
    this.#timer = undefined;
    this.#reloadCurrent();
    if (!this.#listIsStale) return this.#list.updateFirstPage();
    this.#listIsStale = false;
    await this.#list.refresh();
  }

  #reloadCurrent(): void {
    const { chats, current } = this.#client.store.get();
    const chat = chats[current];
    if (chat?.id !== undefined && !runningTurn(chat)) this.reloadIfStale(chat.id);
  }
}
