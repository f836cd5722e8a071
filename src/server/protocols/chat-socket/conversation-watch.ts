// Tells one socket of the conversations that change. A client that reads slowly hears of each of them once, however often
// it changed meanwhile; and where too many have, only that there were many.

import type { ConversationChange } from '../../../chat/change-feed.ts';
import type { ConversationLibrary } from '../../../chat/conversation-library.ts';
import type { ChangedEvent } from './chat-events.ts';

const MOST_UNTOLD = 1000;

export class ConversationWatch {
  readonly #send: (event: ChangedEvent) => Promise<void>;
  readonly #leave: () => void;
  /** by conversation, the first to be told first */
  readonly #untold = new Map<string, ConversationChange>();
  #many = false;
  #telling = false;

  constructor(
    library: Pick<ConversationLibrary, 'watch'>,
    owner: string,
    send: (event: ChangedEvent) => Promise<void>,
  ) {
    this.#send = send;
    this.#leave = library.watch(owner, (change) => this.#note(change));
  }

  stop(): void {
    this.#leave();
    this.#untold.clear();
    this.#many = false;
  }

  #note(change: ConversationChange): void {
    this.#untold.set(change.conversation, change);
    if (this.#untold.size > MOST_UNTOLD) {
      this.#untold.clear();
      this.#many = true;
    }
    if (this.#telling) return;
    this.#telling = true;
    this.#tell().catch(() => this.stop());
  }

  async #tell(): Promise<void> {
    // What happens at once is told at once, so that a flood is seen as one.
    await Promise.resolve();
    for (let next = this.#next(); next !== undefined; next = this.#next()) await this.#send(next);
    this.#telling = false;
  }

  #next(): ChangedEvent | undefined {
    if (this.#many) {
      this.#many = false;
      return { type: 'changed' };
    }
    const [first] = this.#untold.values();
    if (first === undefined) return undefined;
    this.#untold.delete(first.conversation);
    return { type: 'changed', ...first };
  }
}
