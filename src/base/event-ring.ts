// What happened, as numbers in a ring: cheap enough to be always on, and whoever is curious (a page, a test, the
// laboratory) drains it without slowing the loop. When nobody does, the oldest events are overwritten; the
// counters count all of them.

import { assert } from './assert.ts';

/** What `subject` and `value` mean for each kind of event. */
export const EVENT_KINDS = [
  /** a block got an owner: block, 0 */
  'allocated',
  /** a block got one more owner: block, owners now */
  'shared',
  /** a block is copied before the next step: from, to */
  'copied',
  /** a block lost its last owner and holds nothing worth keeping: block, 0 */
  'freed',
  /** a block lost its last owner and stays findable: block, tokens in it */
  'cached',
  /** a kept block was taken for something else: block, tokens that are lost */
  'evicted',
  /** a block is read from a slower store: block, 0 */
  'loaded',
  /** a block is offered to a slower store: block, 0 */
  'stored',
  /** a sequence found computed tokens: tokens it asked for, tokens found */
  'found',
  /** a sequence runs: sequence, tokens found */
  'admitted',
  /** a sequence gave its blocks to others: sequence, tokens that were computed */
  'preempted',
  /** a sequence waits for another that computes what it needs: sequence, the other */
  'awaiting',
  /** a sequence ended: sequence, tokens */
  'finished',
] as const;

export type EventKind = (typeof EVENT_KINDS)[number];

export interface CacheEvent {
  readonly kind: EventKind;
  /** of the engine; its steps are counted from 0 */
  readonly step: number;
  readonly subject: number;
  readonly value: number;
  /** of layers, where the subject is a block */
  readonly group: number;
}

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
