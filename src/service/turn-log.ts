// The events of one turn, stored for slow clients and for clients that reconnect. Each reader starts after the last event that it
// has received, and readers do not wait for each other.

import type { LoggedEvent, TurnEvent } from './turn-events.ts';

export class TurnLog {
  /** unique id of this turn, also across restarts */
  readonly turn = crypto.randomUUID();
  readonly conversation: string;
  /** key id that may read this turn; changes when the id of the key changes */
  owner: string;
  readonly #events: LoggedEvent[] = [];
  #ended = false;
  #wake: () => void = () => {};
  /** resolves when the next event is appended */
  #appended = this.#nextAppend();

  constructor(owner: string, conversation: string) {
    this.owner = owner;
    this.conversation = conversation;
  }

  get ended(): boolean {
    return this.#ended;
  }

  push(event: TurnEvent): void {
    const { conversation, turn } = this;
    this.#events.push({ ...event, conversation, turn, n: this.#events.length + 1 });
    this.#ended = event.type === 'end' || event.type === 'error';
    this.#wake();
    this.#appended = this.#nextAppend();
  }

  /** Calls `take` for all events after number `seen`, one after another, until the turn ends or `stopped` returns true. */
  async follow(
    seen: number,
    take: (event: LoggedEvent) => Promise<void>,
    stopped: () => boolean = () => false,
  ): Promise<void> {
    for (let next = seen; !stopped(); ) {
      const event = this.#events[next];
      if (event !== undefined) {
        next++;
        await take(event);
      } else if (this.#ended) return;
      else await this.#appended;
    }
  }

  #nextAppend(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
