// A ring buffer of cache events, stored as integers, so that recording is cheap enough to be always on. The web page,
// tests and experiments drain it without slowing down the engine loop. When the buffer is full, a new event overwrites
// the oldest; the counters count all events.

import { assert } from '../base/assert.ts';
import { type CacheEvent, EVENT_KINDS, type EventKind } from '../completion/cache-event.ts';

const FIELDS = 5; // kind, step, subject, value, group
const KIND_NUMBER = new Map<EventKind, number>(EVENT_KINDS.map((kind, number) => [kind, number]));

export class EventRing {
  /** number of the current step; set by the scheduler */
  step = 0;
  readonly #ring: Int32Array; // [capacity, FIELDS]
  readonly #capacity: number;
  readonly #counts = new Float64Array(EVENT_KINDS.length);
  #written = 0;
  #drained = 0;

  /** @param capacity number of events that the buffer can store */
  constructor(capacity = 4096) {
    assert(capacity > 0, 'the capacity must be positive');
    this.#capacity = capacity;
    this.#ring = new Int32Array(capacity * FIELDS);
  }

  push(kind: EventKind, subject: number, value: number, group = 0): void {
    const number = KIND_NUMBER.get(kind)!;
    const offset = (this.#written % this.#capacity) * FIELDS;
    this.#ring[offset] = number;
    this.#ring[offset + 1] = this.step;
    this.#ring[offset + 2] = subject;
    this.#ring[offset + 3] = value;
    this.#ring[offset + 4] = group;
    this.#counts[number]!++;
    this.#written++;
  }

  /** Returns how many events of a kind were pushed, overwritten ones included. */
  count(kind: EventKind): number {
    return this.#counts[KIND_NUMBER.get(kind)!]!;
  }

  /**
   * Calls `onEvent` for each event since the last `drain`, oldest first. Returns how many events were overwritten
   * before they were drained.
   */
  drain(onEvent: (event: CacheEvent) => void): number {
    const oldest = Math.max(this.#drained, this.#written - this.#capacity);
    const overwritten = oldest - this.#drained;
    for (let i = oldest; i < this.#written; i++) {
      const offset = (i % this.#capacity) * FIELDS;
      onEvent({
        kind: EVENT_KINDS[this.#ring[offset]!]!,
        step: this.#ring[offset + 1]!,
        subject: this.#ring[offset + 2]!,
        value: this.#ring[offset + 3]!,
        group: this.#ring[offset + 4]!,
      });
    }
    this.#drained = this.#written;
    return overwritten;
  }
}
