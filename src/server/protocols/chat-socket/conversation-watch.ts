// Notifies one socket of conversations that change. Changes that wait for a slow client are merged by conversation; when too
// many wait, they are replaced by one event without a conversation.

import type { ConversationChange } from '../../../chat/change-feed.ts';
import type { ConversationLibrary } from '../../../chat/conversation-library.ts';
import type { ChangedEvent } from './chat-events.ts';

const MAX_PENDING = 1000;

export class ConversationWatch {
  readonly #send: (event: ChangedEvent) => Promise<void>;
  readonly #unsubscribe: () => void;
  /** by conversation, oldest change first */
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
    if (this.#pending.size > MAX_PENDING) {
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
    for (let next = this.#next(); next !== undefined; next = this.#next()) await this.#send(next);
    this.#flushing = false;
  }

  #next(): ChangedEvent | undefined {
    if (this.#overflowed) {
      this.#overflowed = false;
      return { type: 'changed' };
    }
    const [first] = this.#pending.values();
    if (first === undefined) return undefined;
    this.#pending.delete(first.conversation);
    return { type: 'changed', ...first };
  }
}
