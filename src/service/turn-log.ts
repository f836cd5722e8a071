// The events of one turn as they come, kept for who reads slowly or comes back after a lost connection. A reader asks
// for what follows the last event it saw, and waits for nobody else.

import type { LoggedEvent, TurnEvent } from './turn-events.ts';

export class TurnLog {
  /** tells this turn from all others, those before a restart included */
  readonly turn = crypto.randomUUID();
  readonly conversation: string;
  /** who may read it; another where a key's id has changed */
  owner: string;
  readonly #events: LoggedEvent[] = [];
  #ended = false;
  #wake: () => void = () => {};
  #grown = this.#nextGrowth();

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
    this.#grown = this.#nextGrowth();
  }

  /** Hands all events after number `seen` to `take`, one after another, until the turn ends or `stopped`. */
  async follow(
    seen: number,
    take: (event: LoggedEvent) => Promise<void>,
    stopped: () => boolean = () => false,
  ): Promise<void> {
    for (let at = seen; !stopped(); ) {
      const event = this.#events[at];
      if (event !== undefined) {
        at++;
        await take(event);
      } else if (this.#ended) return;
      else await this.#grown;
    }
  }

  #nextGrowth(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
