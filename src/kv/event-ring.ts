// A ring buffer of cache events, stored as integers: cheap enough to be always on. The web page, tests and
// experiments drain it without slowing down the engine loop. The oldest events are overwritten when they are not
// drained in time; the counters count all events.

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

  /** @param capacity events that are stored until they are drained */
  constructor(capacity = 4096) {
    assert(capacity > 0, 'the capacity must be positive');
    this.#capacity = capacity;
    this.#ring = new Int32Array(capacity * FIELDS);
  }

  push(kind: EventKind, subject: number, value: number, group = 0): void {
    const number = KIND_NUMBER.get(kind)!;
    const at = (this.#written % this.#capacity) * FIELDS;
    this.#ring[at] = number;
    this.#ring[at + 1] = this.step;
    this.#ring[at + 2] = subject;
    this.#ring[at + 3] = value;
    this.#ring[at + 4] = group;
    this.#counts[number]!++;
    this.#written++;
  }

  /** Returns how often an event occurred since the start. */
  count(kind: EventKind): number {
    return this.#counts[KIND_NUMBER.get(kind)!]!;
  }

  /**
   * Calls `take` for each event since the last call, oldest first; returns how many events were overwritten before
   * they were drained.
   */
  drain(take: (event: CacheEvent) => void): number {
    const oldest = Math.max(this.#drained, this.#written - this.#capacity);
    const lost = oldest - this.#drained;
    for (let i = oldest; i < this.#written; i++) {
      const at = (i % this.#capacity) * FIELDS;
      take({
        kind: EVENT_KINDS[this.#ring[at]!]!,
        step: this.#ring[at + 1]!,
        subject: this.#ring[at + 2]!,
        value: this.#ring[at + 3]!,
        group: this.#ring[at + 4]!,
      });
    }
    this.#drained = this.#written;
    return lost;
  }
}
