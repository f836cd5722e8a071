// The events of one turn as they come, kept for who reads slowly or comes back after a lost connection. A reader asks
// for what follows the last event it saw, and waits for nobody else.

import type { ChatEvent, EventPlace, TurnEvent } from './chat-events.ts';

export type LoggedEvent = TurnEvent & EventPlace;

export class TurnLog {
  readonly conversation: string;
  /** who may read it; another where a key's id has changed */
  owner: string;
  /** number of the first event */
  readonly first: number;
  readonly #events: LoggedEvent[] = [];
  #ended = false;
  #wake: () => void = () => {};
  #grown = this.#nextGrowth();

  constructor(owner: string, conversation: string, first: number) {
    this.owner = owner;
    this.conversation = conversation;
    this.first = first;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The number that the next event will have. */
  get next(): number {
    return this.first + this.#events.length;
  }

  push(event: TurnEvent): void {
    this.#events.push({ ...event, conversation: this.conversation, n: this.next });
    this.#ended = event.type === 'end' || event.type === 'error';
    this.#wake();
    this.#grown = this.#nextGrowth();
  }

  /** Hands all events after number `seen` to `take`, one after another, until the turn ends or `stopped`. */
  async follow(
    seen: number,
    take: (event: ChatEvent) => Promise<void>,
    stopped: () => boolean = () => false,
  ): Promise<void> {
    for (let at = Math.max(0, seen + 1 - this.first); !stopped(); ) {
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
