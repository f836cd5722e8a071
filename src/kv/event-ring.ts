// A ring buffer of cache events, stored as integers: cheap enough to be always on. A page, a test or the laboratory drains
// it without slowing the engine loop. When nobody drains it, the oldest events are overwritten; the counters count
// all of them.

import { assert } from '../base/assert.ts';
import { type CacheEvent, EVENT_KINDS, type EventKind } from '../completion/cache-event.ts';

const FIELDS = 5; // kind, step, subject, value, group
const KIND_NUMBER = new Map<EventKind, number>(EVENT_KINDS.map((kind, number) => [kind, number]));

export class EventRing {
  /** set by whoever steps */
  step = 0;
  readonly #ring: Int32Array; // [capacity, FIELDS]
  readonly #capacity: number;
  readonly #counts = new Float64Array(EVENT_KINDS.length);
  #written = 0;
  #drained = 0;

  /** @param capacity events that are kept until they are drained */
  constructor(capacity = 4096) {
    assert(capacity > 0, 'a ring without room');
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

  /** How often something happened since the beginning. */
  count(kind: EventKind): number {
    return this.#counts[KIND_NUMBER.get(kind)!]!;
  }

  /** Hands over what came since the last call, oldest first; returns how many were overwritten unseen. */
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
