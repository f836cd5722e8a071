// Keeps what the page shows up to date with what happens elsewhere: another tab, another device, a program. Where the
// socket tells of changes they are followed at once; a server that does not know that is asked when the reader comes back.

import type { ChangedEvent, EventPlace } from '../api/chat-protocol.ts';
import { inBackground } from '../browser/in-background.ts';
import { runningTurn } from '../state/chat-state.ts';
import type { ChatSession } from './chat-client.ts';
import type { TopicList } from './conversation-list.ts';

/** Changes come in bursts: a turn changes a conversation twice, an import a thousand of them. */
const PAUSE_MS = 400;
/** A window that comes to the front tells so twice. */
const LOOK_MS = 1000;

type List = Pick<TopicList, 'store' | 'update' | 'refresh'>;
type Session = Pick<ChatSession, 'store' | 'read' | 'lost' | 'updatedAt'>;

export class LiveChanges {
  readonly #session: Session;
  readonly #topics: List;
  /** conversations that are open here, are not shown, and have changed */
  readonly #stale = new Set<string>();
  /** more has changed than was told: any conversation of the list may be out of date */
  #listIsStale = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(session: Session, topics: List) {
    this.#session = session;
    this.#topics = topics;
  }

  heard({ conversation: id, deleted }: ChangedEvent & EventPlace): void {
    const { chats } = this.#session.store.get();
    const chat = id === undefined ? undefined : chats[id];
    // Its events say more than this, and come here too.
    if (chat && runningTurn(chat)) return;
    if (id !== undefined && deleted) return this.#session.lost(id);
    if (id === undefined) this.#listIsStale = true;
    for (const key of id === undefined ? Object.keys(chats) : chat ? [id] : []) this.#stale.add(key);
    // Begun once and not put off, so that changes without an end are followed too.
    this.#timer ??= setTimeout(() => inBackground(this.#catchUp()), PAUSE_MS);
  }

  /** A conversation is shown that may have changed while it was not. */
  shown(id: string): void {
    if (this.#stale.delete(id)) inBackground(this.#session.read(id));
  }

  /** The reader has come back to the page. */
  async lookAgain(): Promise<void> {
    const { mode, connection, current } = this.#session.store.get();
    const now = performance.now();
    if (mode !== 'topics' || connection !== 'open' || now - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = now;
    await this.#topics.update();
    const topic = this.#topics.store.get().items.find(({ id }) => id === current);
    const known = this.#session.updatedAt(current);
    if (topic && known !== undefined && topic.updatedAt !== known) this.#stale.add(current);
    this.#readCurrent();
  }

  async #catchUp(): Promise<void> {
    this.#timer = undefined;
    this.#readCurrent();
    if (!this.#listIsStale) return this.#topics.update();
    this.#listIsStale = false;
    await this.#topics.refresh();
  }

  #readCurrent(): void {
    const { chats, current } = this.#session.store.get();
    const chat = chats[current];
    if (chat?.id !== undefined && !runningTurn(chat)) this.shown(chat.id);
  }
}
