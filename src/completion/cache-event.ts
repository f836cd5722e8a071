// The events that a KV cache and its scheduler report, for metrics. kv/event-ring.ts records the events.

/** The kinds of events. Each comment states the meaning of `subject` and `value` after the colon. */
export const EVENT_KINDS = [
  /** a block was allocated: block, 0 */
  'allocated',
  /** the reference count of a block increased: block, new reference count */
  'shared',
  /** a block is copied before the next step: source block, destination block */
  'copied',
  /** the last owner of a block released it, and the block contains no computed tokens: block, 0 */
  'freed',
  /** the last owner of a block released it, and the block stays cached: block, number of its tokens */
  'cached',
  /** a cached block was evicted: block, number of its tokens */
  'evicted',
  /** a block is loaded from the offload store: block, 0 */
  'loaded',
  /** a block is written to the offload store: block, 0 */
  'stored',
  /** the prompt of a new sequence was looked up in the cache: number of prompt tokens, number of cached tokens */
  'found',
  /** a sequence was admitted: sequence, number of cached tokens */
  'admitted',
  /** a sequence was preempted: sequence, number of its computed tokens */
  'preempted',
  /** a sequence waits for a prefix that another sequence computes: waiting sequence, computing sequence */
  'awaiting',
  /** a sequence ended: sequence, number of its tokens */
  'finished',
] as const;

export type EventKind = (typeof EVENT_KINDS)[number];

export interface CacheEvent {
  readonly kind: EventKind;
  /** index of the engine's step, from 0 */
  readonly step: number;
  readonly subject: number;
  readonly value: number;
  /** index of the layer group, if the subject is a block */
  readonly group: number;
}
