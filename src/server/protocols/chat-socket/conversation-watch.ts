// Notifies one socket of conversations that change. While a slow client reads, pending changes are merged by conversation. If too
// many changes are pending, they are replaced by one event without a conversation.

import type { ConversationChange } from '../../../chat/change-feed.ts';
import type { ConversationLibrary } from '../../../chat/conversation-library.ts';
import type { ChangedEvent } from './chat-events.ts';

const MAX_PENDING_CHANGES = 1000;

export class ConversationWatch {
  readonly #send: (event: ChangedEvent) => Promise<void>;
  readonly #unsubscribe: () => void;
  /** pending changes by conversation id; the oldest is first */
  readonly #pending = new Map<string, ConversationChange>();
  #overflowed = false;
  #flushing = false;

  constructor(
    library: Pick<ConversationLibrary, 'watch'>,
    owner: string,
    send: (event: ChangedEvent) => Promise<void>,
  ) {
    this.#send = send;
    this.#unsubscribe = library.watch(owner, (change) => this.#add(change));
  }

  stop(): void {
    this.#unsubscribe();
    this.#pending.clear();
    this.#overflowed = false;
  }

  #add(change: ConversationChange): void {
    this.#pending.set(change.conversation, change);
    if (this.#pending.size > MAX_PENDING_CHANGES) {
      this.#pending.clear();
      this.#overflowed = true;
    }
    if (this.#flushing) return;
    this.#flushing = true;
    this.#flush().catch(() => this.stop());
  }

  async #flush(): Promise<void> {
    // Changes of the same task are collected first, so that an overflow is detected before anything is sent.
    await Promise.resolve();
    for (let event = this.#takeNext(); event !== undefined; event = this.#takeNext()) await this.#send(event);
    this.#flushing = false;
  }

  #takeNext(): ChangedEvent | undefined {
    if (this.#overflowed) {
      this.#overflowed = false;
      return { type: 'changed' };
    }
    const [oldest] = this.#pending.values();
    if (oldest === undefined) return undefined;
    this.#pending.delete(oldest.conversation);
    return { type: 'changed', ...oldest };
  }
}
