// The events of one turn, stored for slow clients and for clients that reconnect. Each client starts after the last event that it
// has received, and clients do not wait for each other.

import type { LoggedEvent, TurnEvent } from './turn-events.ts';

export class TurnLog {
  /** id of this turn, which no other turn has, even after a restart */
  readonly turn = crypto.randomUUID();
  readonly conversation: string;
  /** id of the key that may read this turn; updated when the id of that key changes */
  owner: string;
  readonly #events: LoggedEvent[] = [];
  #ended = false;
  #resolveAppended: () => void = () => {};
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
    this.#resolveAppended();
    this.#appended = this.#nextAppend();
  }

  /** Calls `onEvent` for each event after number `received`, in order, until the turn ends or `isStopped` returns true. */
  async follow(
    received: number,
    onEvent: (event: LoggedEvent) => Promise<void>,
    isStopped: () => boolean = () => false,
  ): Promise<void> {
    for (let next = received; !isStopped(); ) {
      const event = this.#events[next];
      if (event !== undefined) {
        next++;
        await onEvent(event);
      } else if (this.#ended) return;
      else await this.#appended;
    }
  }

  #nextAppend(): Promise<void> {
    return new Promise((resolve) => {
      this.#resolveAppended = resolve;
    });
  }
}
