// Keeps the page up to date with changes made elsewhere: in another tab, on another device, by a program. The socket
// reports changes as they happen. Older servers do not report them, so the page also checks when the user returns to it.

import type { ChangedEvent, EventOrigin } from '../api/chat-protocol.ts';
import { inBackground } from '../browser/in-background.ts';
import { runningTurn } from '../state/chat-state.ts';
import type { ChatClient } from './chat-client.ts';
import type { ConversationList } from './conversation-list.ts';

/** Changes come in bursts: a turn changes a conversation twice, an import changes a thousand conversations. */
const BATCH_MS = 400;
/** A window that comes to the front fires two events. */
const RETURN_INTERVAL_MS = 1000;

type List = Pick<ConversationList, 'store' | 'updateFirstPage' | 'refresh'>;
type Client = Pick<ChatClient, 'store' | 'load' | 'deletedElsewhere' | 'knownUpdate'>;

export class RemoteChanges {
  readonly #client: Client;
  readonly #list: List;
  /** ids of open conversations that have changed since they were loaded */
  readonly #stale = new Set<string>();
  /** an event without an id: any conversation of the list may be out of date */
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
    // The events of the running turn carry the same change and more.
    if (chat && runningTurn(chat)) return;
    if (id !== undefined && deleted) return this.#client.deletedElsewhere(id);
    if (id === undefined) this.#listIsStale = true;
    for (const key of id === undefined ? Object.keys(chats) : chat ? [id] : []) this.#stale.add(key);
    // Not restarted by later changes, so that an endless series of changes is still applied.
    this.#timer ??= setTimeout(() => inBackground(this.#applyChanges()), BATCH_MS);
  }

  /** Reloads a conversation that changed while it was not shown. */
  shown(id: string): void {
    if (this.#stale.delete(id)) inBackground(this.#client.load(id));
  }

  /** Checks for changes when the user returns to the page. */
  async refreshOnReturn(): Promise<void> {
    const { mode, connection, current } = this.#client.store.get();
    const now = performance.now();
    if (mode !== 'stored' || connection !== 'open' || now - this.#checkedAt < RETURN_INTERVAL_MS) return;
    this.#checkedAt = now;
    await this.#list.updateFirstPage();
    const listed = this.#list.store.get().items.find(({ id }) => id === current);
    const known = this.#client.knownUpdate(current);
    if (listed && known !== undefined && listed.updatedAt !== known) this.#stale.add(current);
    this.#readCurrent();
  }

  async #applyChanges(): Promise<void> {
    this.#timer = undefined;
    this.#readCurrent();
    if (!this.#listIsStale) return this.#list.updateFirstPage();
    this.#listIsStale = false;
    await this.#list.refresh();
  }

  #readCurrent(): void {
    const { chats, current } = this.#client.store.get();
    const chat = chats[current];
    if (chat?.id !== undefined && !runningTurn(chat)) this.shown(chat.id);
  }
}
